import { variableGradients } from '@rheobase/execution';
import type { Trainables } from '@rheobase/training';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { add, dispose, keep, tidy, zerosLike } from '@tensorflow/tfjs-core';

/** The loss on some images, and its gradients by name of the trainable; their tensors are the caller's. */
export interface LayerGradients {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/**
 * The sum of a loss over several runs of images, and its gradients.
 *
 * @param lossOn prepares what a run of images needs, and gives the loss to be differentiated; called in a tidy
 */
export function summedGradients(
  trainables: Trainables,
  runs: Iterable<Int32Array>,
  lossOn: (images: Int32Array) => () => Scalar,
): LayerGradients {
  const variables = [...trainables.values()].map(({ variable }) => variable);
  const sums = new Map<string, Tensor>();
  let total = 0;
  try {
    for (const images of runs) {
      tidy(() => {
        const { value, grads } = variableGradients(lossOn(images), variables);
        total += value.dataSync()[0] ?? Number.NaN;
        for (const [name, { variable }] of trainables) {
          const gradient = grads[variable.name] ?? zerosLike(variable);
          const before = sums.get(name);
          sums.set(name, keep(before === undefined ? gradient : add(before, gradient)));
          if (before !== undefined) dispose(before);
        }
      });
    }
  } catch (error) {
    dispose([...sums.values()]);
    throw error;
  }
  return { loss: total, gradients: sums };
}
