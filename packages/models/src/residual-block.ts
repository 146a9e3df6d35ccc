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

/** What residual networks for CIFAR start with: a 3×3 convolution, a batch norm and an activation. */
export function cifarStem(network: Layers, input: string, filters: number, stride = 1): string {
  const conv1 = network.convolution('conv1', input, { filters, kernel: 3, stride, padding: evenPadding(1) });
  return network.activation('relu1', network.batchNorm('bn1', conv1));
}

/**
 * Stages of residual blocks, `layer1.0`, `layer1.1`, …: each stage after the first halves the image in its first block, and doubles the channels.
 *
 * @param blocks how many each stage has
 * @param add adds one; `widening` is 1 in the first stage, then 2, 4, …
 * @returns the ends of the stages
 */
export function residualStages(
  stem: string,
  blocks: readonly number[],
  add: (block: string, input: string, stage: { readonly widening: number; readonly stride: number }) => string,
): readonly string[] {
  let at = stem;
  return blocks.map((count, stage) => {
    for (let block = 0; block < count; block += 1) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      at = add(`layer${stage + 1}.${block}`, at, { widening: 2 ** stage, stride });
    }
    return at;
  });
}

/** The ends of {@link residualStages} of basic blocks. */
export function basicStages(
  network: Layers,
  stem: string,
  blocks: readonly number[],
  { filters, shortcut }: { readonly filters: number; readonly shortcut: Shortcut },
): readonly string[] {
  return residualStages(stem, blocks, (block, input, { widening, stride }) =>
    basicBlock(network, block, input, { filters: filters * widening, stride, shortcut }),
  );
}
