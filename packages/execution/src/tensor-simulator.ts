import type { ImageBatch, Network, Simulator } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import { withinMemory } from './batch-too-large.js';
import { bind, type ModelRegistries } from './bind.js';

/** Runs code on a batch as a tensor, `[N, …]` or `[T, N, …]`, then frees the tensor. */
export function onTensor<Result>({ images, shape, frames }: ImageBatch, use: (input: Tensor) => Result): Result {
  const input = withinMemory(
    shape[0] ?? 0,
    () => 1,
    () => tensor(images, frames === undefined ? [...shape] : [frames, ...shape]),
  );
  try {
    return use(input);
  } finally {
    input.dispose();
  }
}

/**
 * A simulator on tfjs' active backend, for any neuron. Dispose it when done.
 *
 * @param registries models from outside, besides the built-in ones
 */
export function tensorSimulator(
  network: Network,
  registries: Partial<ModelRegistries> = {},
): Simulator & { dispose(): void } {
  const bound = bind(network, registries);
  return {
    simulate: async (batch, options) => onTensor(batch, (input) => bound.simulate(input, options)),
    dispose: () => bound.dispose(),
  };
}
