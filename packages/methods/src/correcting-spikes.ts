import type { CorrectingSpikes } from '@rheobase/execution';
import { integer, numberOption } from '@rheobase/network';
import type { Paper } from './conversion-method.js';
import type { TaskWithImages } from './define-method.js';
import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { recordedChannelThresholds } from './recorded-thresholds.js';
import { spikingOf } from './task-registries.js';

const dcgs: Paper = {
  title: 'Differential coding for training-free ANN-to-SNN conversion',
  reference: 'Huang, Fang, Bu, Xue, Hao, Liu, Tang, Yu, Huang; ICML 2025; arXiv 2503.00301',
  url: 'https://arxiv.org/abs/2503.00301',
};

const levels = integer('n: thresholds of either sign, each twice the one before', 4, 1, 7);

/** The task's network with neurons that correct what they sent, θ of each channel where T steps change its activations least. */
async function correcting(
  task: TaskWithImages,
  spikes: CorrectingSpikes,
  neuron: { readonly kind: string; readonly attributes: Readonly<Record<string, number>> },
) {
  const thresholds = await recordedChannelThresholds(task, { kind: 'correcting', ...spikes });
  return { network: spikingOf(task, { thresholds, neuron }), procedure: plainSimulation };
}

/**
 * Multi-threshold neurons, rate coded: in every step one spike at most, of the value θ·2ᵏ and the sign that come nearest to what is to be sent. θ of each channel by least squares over what such
 * a neuron sends of the calibration images' activations in T steps; the paper iterates a closed form under a normal distribution.
 */
export const multiThresholdSpikes = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'multi-threshold',
    summary: 'one spike a step, of a power of two and either sign',
    paper: dcgs,
    options: { levels },
    dependsOnSteps: true,
    convert: (task, options) =>
      correcting(
        task,
        { values: { powers: options.levels }, steps: task.steps },
        { kind: 'multi-threshold', attributes: { levels: options.levels } },
      ),
  },
);

/**
 * Harmony multi-threshold neurons (H-MT): up to n spikes of either sign in a step, of the values θ to 2ⁿ⁻¹·θ, which together are any multiple of θ up to 2ⁿ − 1. θ of each channel
 * by least squares, as above; the paper iterates a closed form.
 */
export const harmonySpikes = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'harmony',
    summary: 'up to n spikes a step, of different powers of two and either sign (H-MT)',
    paper: {
      title:
        'Generalized threshold optimization with harmony multi-threshold neurons for accurate ANN-to-SNN conversion',
      reference: 'Zhang, Huang, Bu, Huang, Yu; AAAI 2026',
      url: 'https://ojs.aaai.org/index.php/AAAI/article/view/37206',
    },
    options: { levels: integer('n: thresholds of either sign, each twice the one before', 4, 1, 6) },
    dependsOnSteps: true,
    convert: (task, options) => {
      const counts = 2 ** options.levels - 1;
      return correcting(
        task,
        { values: { counts }, steps: task.steps },
        { kind: 'harmony', attributes: { maximum: counts } },
      );
    },
  },
);

/**
 * Differential coding with multi-threshold neurons (DCGS): spikes send changes, which are worth λ times less from step to step, so that a value is known ever more finely. The paper divides them by
 * t; here λ is a constant (docs/decisions/0047). θ as above. One conversion serves every step up to T.
 */
export const differentialSpikes = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'differential',
    summary: 'one spike a step that sends a change, ever finer (DCGS)',
    paper: dcgs,
    options: {
      levels,
      growth: numberOption('λ: how much less the spikes of a step are worth than those of the step before', 2, {
        minimum: 1,
        maximum: 2,
      }),
    },
    dependsOnSteps: true,
    convert: (task, { levels: powers, growth }) =>
      correcting(
        task,
        { values: { powers }, growth, steps: task.steps },
        { kind: 'differential', attributes: { levels: powers, growth } },
      ),
  },
);
