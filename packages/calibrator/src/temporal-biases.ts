import type { BoundSite } from './bound-site.js';
import { bindSite } from './bound-site.js';
import type { CalibrationMethod } from './calibration-method.js';
import { runsOf } from './image-batches.js';
import { meanSquaredError } from './mean-squared-error.js';
import { withOwnStepBias, withValues } from './own-parameters.js';
import type { SiteOutcome, SiteTask } from './site-task.js';
import type { Network } from '@rheobase/network';
import { NetworkError, parameterOf, permutation, randomStream } from '@rheobase/network';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import { nextFrame, reshape, slice, tidy } from '@tensorflow/tfjs-core';

export interface TemporalBiasesOptions {
  /** The fraction of a mean error that one iteration corrects, above 0 and up to 1; default: 0.4. */
  readonly rate?: number;
  /** Iterations at each site, each on the next images; default: 8. */
  readonly iterations?: number;
  /** Images of an iteration; default: 256. Fewer calibration images are all taken each time. */
  readonly batchSize?: number;
}

/**
 * Forward temporal bias correction (FTBC; Wu, Bojkovic, Gu, Suo, Zou; ECCV 2024; arXiv 2403.18388). Each site gets a step bias `[T, C]`, which is added
 * to the current of step t. From input to output, for every step t and channel c: b[t, c] += rate·(mean over images and positions of the quantized
 * activation − the same mean of the spiking output θ·s(t)), several times, as a bias also changes what later steps do. Steps and channels only
 * differ in their means: no gradients, no labels. The biases kept are those with which the site's time-mean output comes nearest to its target on
 * the held-out images, in the mean of squares; those from before are among them. Sites that have a step bias already go on from it.
 *
 * @throws naming the option that is out of range.
 */
export function temporalBiases({
  rate = 0.4,
  iterations = 8,
  batchSize = 256,
}: TemporalBiasesOptions = {}): CalibrationMethod {
  if (!(rate > 0 && rate <= 1)) {
    throw new Error(`The option 'rate' of temporalBiases is ${rate}; it must be above 0 and at most 1.`);
  }
  for (const [option, value] of Object.entries({ iterations, batchSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Error(`The option '${option}' of temporalBiases is ${value}; it must be an integer from 1.`);
    }
  }
  const name = 'ftbc';
  return {
    name,
    summary: 'a bias by time step and channel from mean errors; no gradients, no labels',
    description: { name, rate, iterations, batchSize },
    readOut: 'fixed',
    keepsBest: true,
    calibrateSite: (task) => correct(task, { rate, iterations, batchSize }),
  };
}

async function correct(
  task: SiteTask,
  { rate, iterations, batchSize }: Required<TemporalBiasesOptions>,
): Promise<SiteOutcome | undefined> {
  const own = withOwnStepBias(task.network, task.site, task.steps);
  if (own === undefined) {
    throw new NetworkError([{ subject: task.site, message: 'it has no neurons, and only those have a step bias' }]);
  }
  const { network, parameter } = own;
  const { count } = task.calibration;
  const before = lossOf(network, task);
  let best = { values: Float32Array.from(parameterOf(network, parameter).data), loss: before, iteration: 0 };
  let values = best.values;
  const rounds = Math.max(1, Math.floor(count / batchSize));
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (task.signal?.aborted === true) return undefined;
    // Another order for each pass over the images.
    const order = permutation(count, randomStream(task.seed, Math.floor(iteration / rounds)));
    const first = (iteration % rounds) * batchSize;
    const chosen = Array.from(order.subarray(first, Math.min(count, first + batchSize)));
    const { gap, error } = gapByStep(withValues(network, parameter, values), task, chosen);
    values = values.map((bias, i) => bias + rate * (gap[i] ?? 0));
    const loss = lossOf(withValues(network, parameter, values), task);
    task.onEpoch({ epoch: iteration + 1, loss: error, heldOutLoss: loss });
    if (loss < best.loss) best = { values, loss, iteration: iteration + 1 };
    // Lets a signal, or a page, have its turn.
    await nextFrame();
  }
  return {
    network: best.iteration === 0 ? task.network : withValues(network, parameter, best.values),
    epochs: iterations,
    bestEpoch: best.iteration,
    trainedParameters: values.length,
    heldOutLoss: { before, after: best.loss },
  };
}

function lossOf(network: Network, task: SiteTask): number {
  return withSite(network, task, (site) => site.loss(task.heldOut, meanSquaredError));
}

function withSite<Result>(network: Network, task: SiteTask, use: (site: BoundSite) => Result): Result {
  const site = bindSite(network, task);
  try {
    return use(site);
  } finally {
    site.dispose();
  }
}

/**
 * By step and channel, `[T, C]`, in float64: the mean over images and positions of the target minus that of θ·s(t). And the mean squared error of the
 * time-mean output on the same images.
 */
function gapByStep(
  network: Network,
  task: SiteTask,
  chosen: readonly number[],
): { readonly gap: Float64Array; readonly error: number } {
  const { steps, shape, calibration, imagesAtOnce } = task;
  const channels = shape.at(-1) ?? 1;
  const rows = (chosen.length * shape.reduce((product, length) => product * length, 1)) / channels;
  const gap = new Float64Array(steps * channels);
  let error = 0;
  withSite(network, task, (site) => {
    for (const run of runsOf(chosen.length, imagesAtOnce)) {
      const images = run.map((k) => chosen[k] ?? 0);
      tidy(() => {
        const target = calibration.targets(images);
        const { mean, steps: values } = site.overTime(calibration, images);
        const wanted = columnSums(reshape(target, [-1, channels])).dataSync();
        const byStep = reshape(values, [steps, -1]);
        for (let t = 0; t < steps; t++) {
          const is = columnSums(reshape(slice(byStep, [t], [1]), [-1, channels])).dataSync();
          for (let c = 0; c < channels; c++) {
            const at = t * channels + c;
            gap[at] = (gap[at] ?? 0) + ((wanted[c] ?? 0) - (is[c] ?? 0)) / rows;
          }
        }
        error +=
          ((meanSquaredError.evaluate(mean, target).dataSync()[0] ?? Number.NaN) * images.length) / chosen.length;
      });
    }
  });
  return { gap, error };
}
