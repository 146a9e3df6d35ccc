import { evenPadding } from '@rheobase/network';
import type { Layers } from './layers.js';

/**
 * Converts the input of a residual block to the shape that it is added to. Called only if the shapes differ.
 *
 * @param block the block's name, the prefix of the names of the shortcut's nodes
 */
export type Shortcut = (
  network: Layers,
  block: string,
  input: string,
  target: { readonly filters: number; readonly stride: number },
) => string;

/** A 1×1 convolution and a batch norm, named `<block>.<name>.0` and `.1` (He's shortcut B). */
export const projection =
  (name: string): Shortcut =>
  (network, block, input, { filters, stride }) =>
    network.batchNorm(
      `${block}.${name}.1`,
      network.convolution(`${block}.${name}.0`, input, { filters, kernel: 1, stride }),
    );

/** Every `stride`-th row and column, and zero channels on both sides, half of them each (He's shortcut A). No parameters. */
export const zeroPadding: Shortcut = (network, block, input, { filters, stride }) => {
  const missing = filters - network.imageAt(input)[2];
  const before = Math.floor(missing / 2);
  const rows = network.subsample(`${block}.shortcut.subsample`, input, stride);
  return network.padChannels(`${block}.shortcut.pad`, rows, before, missing - before);
};

function shortcutOf(
  network: Layers,
  block: string,
  input: string,
  { filters, stride, shortcut }: { readonly filters: number; readonly stride: number; readonly shortcut: Shortcut },
): string {
  const identity = stride === 1 && network.imageAt(input)[2] === filters;
  return identity ? input : shortcut(network, block, input, { filters, stride });
}

/** Two 3×3 convolutions with batch norms, the shortcut added, an activation after each: conv1, bn1, relu1, conv2, bn2, add, relu2. */
export function basicBlock(
  network: Layers,
  block: string,
  input: string,
  options: { readonly filters: number; readonly stride: number; readonly shortcut: Shortcut },
): string {
  const { filters, stride } = options;
  const conv1 = network.convolution(`${block}.conv1`, input, { filters, kernel: 3, stride, padding: evenPadding(1) });
  const relu1 = network.activation(`${block}.relu1`, network.batchNorm(`${block}.bn1`, conv1));
  const conv2 = network.convolution(`${block}.conv2`, relu1, { filters, kernel: 3, padding: evenPadding(1) });
  const bn2 = network.batchNorm(`${block}.bn2`, conv2);
  const sum = network.add(`${block}.add`, [bn2, shortcutOf(network, block, input, options)]);
  return network.activation(`${block}.relu2`, sum);
}

/** 1×1, grouped 3×3 (which has the stride) and 1×1 convolutions with batch norms, the shortcut added, an activation after each. */
export function groupedBottleneck(
  network: Layers,
  block: string,
  input: string,
  options: {
    /** Channels of the 3×3 convolution. */
    readonly inner: number;
    readonly groups: number;
    readonly filters: number;
    readonly stride: number;
    readonly shortcut: Shortcut;
  },
): string {
  const { inner, groups, filters, stride } = options;
  const conv1 = network.convolution(`${block}.conv1`, input, { filters: inner, kernel: 1 });
  const relu1 = network.activation(`${block}.relu1`, network.batchNorm(`${block}.bn1`, conv1));
  const conv2 = network.convolution(`${block}.conv2`, relu1, {
    filters: inner,
    kernel: 3,
    stride,
    padding: evenPadding(1),
    groups,
  });
  const relu2 = network.activation(`${block}.relu2`, network.batchNorm(`${block}.bn2`, conv2));
  const conv3 = network.convolution(`${block}.conv3`, relu2, { filters, kernel: 1 });
  const bn3 = network.batchNorm(`${block}.bn3`, conv3);
  const sum = network.add(`${block}.add`, [bn3, shortcutOf(network, block, input, options)]);
  return network.activation(`${block}.relu3`, sum);
}
