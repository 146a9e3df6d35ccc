import type { Network } from '@rheobase/network';
import { parameterOf, sizeOf } from '@rheobase/network';

/** A stretch of numbers in shared memory. */
export interface Stretch {
  readonly name: string;
  readonly shape: readonly number[];
  /** In float32 numbers. */
  readonly offset: number;
  readonly length: number;
}

/** Where numbers lie in memory that threads share; both sides work it out from the network. */
export interface SharedLayout {
  /** Every parameter's value. */
  readonly parameters: readonly Stretch[];
  /** What one micro-batch gives: the gradient of every trainable, then mean and variance of every batch norm. */
  readonly gradients: readonly Stretch[];
  readonly statistics: readonly { readonly node: string; readonly mean: Stretch; readonly variance: Stretch }[];
}

export function sharedLayout(network: Network, trainables: Iterable<string>): SharedLayout {
  let end = 0;
  const next = (name: string): Stretch => {
    const { shape } = parameterOf(network, name);
    const stretch = { name, shape, offset: end, length: sizeOf(shape) };
    end += stretch.length;
    return stretch;
  };
  const parameters = [...network.parameters.keys()].map(next);
  end = 0;
  const gradients = [...trainables].map(next);
  const statistics = network.nodes.flatMap((node) =>
    node.op === 'batchNorm' ? [{ node: node.name, mean: next(node.mean), variance: next(node.variance) }] : [],
  );
  return { parameters, gradients, statistics };
}

/** Shared memory that is long enough for all of these. */
export function sharedMemory(stretches: readonly Stretch[]): Float32Array<SharedArrayBuffer> {
  const length = stretches.reduce((most, { offset, length: own }) => Math.max(most, offset + own), 0);
  return new Float32Array(new SharedArrayBuffer(Math.max(length, 1) * Float32Array.BYTES_PER_ELEMENT));
}

/** The stretches that a micro-batch's results take. */
export function resultsOf({ gradients, statistics }: SharedLayout): readonly Stretch[] {
  return [...gradients, ...statistics.flatMap(({ mean, variance }) => [mean, variance])];
}

/** A copy of a stretch. */
export function read(memory: Float32Array, { offset, length }: Stretch): Float32Array {
  return Float32Array.from(memory.subarray(offset, offset + length));
}
