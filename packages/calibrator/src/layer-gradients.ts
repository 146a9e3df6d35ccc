import type { Trainables } from '@rheobase/training';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, dispose, keep, mul, tidy, variableGrads, zerosLike } from '@tensorflow/tfjs-core';
import type { BoundSite } from './bound-site.js';
import { runsOf } from './image-batches.js';
import type { LayerTrainingSettings } from './layer-training-settings.js';
import type { SiteTask } from './site-task.js';

/** A layer in training. */
export interface LayerInTraining {
  readonly site: BoundSite;
  readonly trainables: Trainables;
  /** k of the surrogate. */
  readonly slope: Variable;
}

/** The loss on some images, and its gradients by name of the trainable; their tensors are the caller's. */
export interface LayerGradients {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/**
 * The gradients of the mean loss on the chosen calibration images, through all time steps. The images are taken a few at a time,
 * so that the memory does not depend on how many there are.
 */
export function layerGradients(
  { site, trainables, slope }: LayerInTraining,
  task: SiteTask,
  { loss, surrogate }: Pick<LayerTrainingSettings, 'loss' | 'surrogate'>,
  chosen: Int32Array,
): LayerGradients {
  const variables = [...trainables.values()].map(({ variable }) => variable);
  const slopes = new Map([[task.site, slope]]);
  const sums = new Map<string, Tensor>();
  let total = 0;
  for (const run of runsOf(chosen.length, task.imagesAtOnce)) {
    const images = run.map((k) => chosen[k] ?? 0);
    const share = images.length / chosen.length;
    tidy(() => {
      const target = task.calibration.targets(images);
      const { value, grads } = variableGrads(() => {
        const output = site.output(task.calibration, images, { surrogate, slopes });
        return mul(loss.evaluate(output, target), share) as Scalar;
      }, variables);
      total += value.dataSync()[0] ?? Number.NaN;
      for (const [name, { variable }] of trainables) {
        const gradient = grads[variable.name] ?? zerosLike(variable);
        const before = sums.get(name);
        sums.set(name, keep(before === undefined ? gradient : add(before, gradient)));
        if (before !== undefined) dispose(before);
      }
    });
  }
  return { loss: total, gradients: sums };
}
