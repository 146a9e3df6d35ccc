import type { Trainables } from '@rheobase/training';
import type { Scalar, Variable } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';
import type { BoundSite } from './bound-site.js';
import { runsOf } from './image-batches.js';
import type { LayerTrainingSettings } from './layer-training-settings.js';
import type { SiteTask } from './site-task.js';
import { type LayerGradients, summedGradients } from './summed-gradients.js';

/** A layer in training. */
export interface LayerInTraining {
  readonly site: BoundSite;
  readonly trainables: Trainables;
  /** k of the surrogate. */
  readonly slope: Variable;
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
  const slopes = new Map([[task.site, slope]]);
  const runs = Array.from(runsOf(chosen.length, task.imagesAtOnce), (run) => run.map((k) => chosen[k] ?? 0));
  return summedGradients(trainables, runs, (images) => {
    const target = task.calibration.targets(images);
    const share = images.length / chosen.length;
    return () => {
      const output = site.output(task.calibration, images, { surrogate, slopes });
      return mul(loss.evaluate(output, target), share) as Scalar;
    };
  });
}
