import { evenPadding } from '@rheobase/network';
import type { Layers, Pooling } from '../layers.js';

export interface ShuffleNetShape {
  /** Channels of the stem. */
  readonly stem: number;
  readonly stages: readonly [ShuffleNetStage, ShuffleNetStage, ShuffleNetStage];
  /** The pooling of the stem. */
  readonly pooling: Pooling;
}

export interface ShuffleNetStage {
  readonly filters: number;
  readonly blocks: number;
}

/** 1×1, depthwise 3×3 (with the stride, and no activation after it) and 1×1 convolutions, with batch norms. */
function mainBranch(
  network: Layers,
  path: string,
  input: string,
  { inner, filters, stride }: { readonly inner: number; readonly filters: number; readonly stride: number },
): string {
  const narrow = network.convolution(`${path}.0`, input, { filters: inner, kernel: 1 });
  const active = network.activation(`${path}.2`, network.batchNorm(`${path}.1`, narrow));
  const deep = network.convolution(`${path}.3`, active, {
    filters: inner,
    kernel: 3,
    stride,
    padding: evenPadding(1),
    groups: inner,
  });
  const wide = network.convolution(`${path}.5`, network.batchNorm(`${path}.4`, deep), { filters, kernel: 1 });
  return network.activation(`${path}.7`, network.batchNorm(`${path}.6`, wide));
}

/** Halves an image: both branches see all of it. */
function shrinkingBlock(network: Layers, block: string, input: string, filters: number): string {
  const channels = network.imageAt(input)[2];
  const path = `${block}.branch_proj`;
  const deep = network.convolution(`${path}.0`, input, {
    filters: channels,
    kernel: 3,
    stride: 2,
    padding: evenPadding(1),
    groups: channels,
  });
  const wide = network.convolution(`${path}.2`, network.batchNorm(`${path}.1`, deep), { filters: channels, kernel: 1 });
  const projected = network.activation(`${path}.4`, network.batchNorm(`${path}.3`, wide));
  const main = mainBranch(network, `${block}.branch_main`, input, {
    inner: filters / 2,
    filters: filters - channels,
    stride: 2,
  });
  return network.concat(`${block}.concat`, [projected, main]);
}

/** Every other channel passes, the rest goes through the main branch: a shuffle of C/2 groups puts the even channels first. */
function block(network: Layers, name: string, input: string): string {
  const channels = network.imageAt(input)[2];
  const [passing, working] = network.halve(`${name}.split`, network.shuffle(`${name}.shuffle`, input, channels / 2));
  const main = mainBranch(network, `${name}.branch_main`, working, {
    inner: channels / 2,
    filters: channels / 2,
    stride: 1,
  });
  return network.concat(`${name}.concat`, [passing, main]);
}

/**
 * A ShuffleNetV2 (Ma et al., arXiv 1807.11164) without its classifier, named as in dog-qiuqiu/FastestDet.
 *
 * @returns the outputs of its three stages, at strides 8, 16 and 32
 */
export function shuffleNetV2(
  network: Layers,
  path: string,
  input: string,
  { stem, stages, pooling }: ShuffleNetShape,
): readonly [fine: string, middle: string, coarse: string] {
  const conv = network.convolution(`${path}.first_conv.0`, input, {
    filters: stem,
    kernel: 3,
    stride: 2,
    padding: evenPadding(1),
  });
  const active = network.activation(`${path}.first_conv.2`, network.batchNorm(`${path}.first_conv.1`, conv));
  const pooled = network.pool(`${path}.maxpool`, active, { pooling, size: 3, stride: 2, padding: evenPadding(1) });
  const stage = (at: string, index: 0 | 1 | 2): string => {
    const name = `${path}.stage${index + 2}`;
    const { filters, blocks } = stages[index];
    let out = shrinkingBlock(network, `${name}.0`, at, filters);
    for (let k = 1; k < blocks; k += 1) out = block(network, `${name}.${k}`, out);
    return out;
  };
  const fine = stage(pooled, 0);
  const middle = stage(fine, 1);
  return [fine, middle, stage(middle, 2)];
}
