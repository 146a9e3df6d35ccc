import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { percentileOption, recordedThresholds } from './recorded-thresholds.js';
import { spikingOf } from './task-registries.js';

/**
 * Optimized potential initialization (OPI). With V(0) = θ/2 a neuron rounds its mean input to the nearest rate, θ·clip(⌊T·z/θ + ½⌋/T, 0, 1),
 * and the expected error is 0 for a z that is uniform within a level, whatever T is. One conversion serves every T, as the start is not
 * spread over the steps. θ is the p-th percentile of the layer's activations, or the trained clip where the source has one.
 */
export const optimizedPotentials = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'opi',
    summary: 'optimized potential initialization: V(0) = θ/2',
    paper: {
      title: 'Optimized potential initialization for low-latency spiking neural networks',
      reference: 'Bu, Ding, Yu, Huang; AAAI 2022; arXiv 2202.01440',
      url: 'https://arxiv.org/abs/2202.01440',
    },
    options: {
      percentile: percentileOption(),
    },
    dependsOnSteps: false,
    convert: async (task, { percentile }) => {
      const thresholds = await recordedThresholds(task, { kind: 'percentile', percentile });
      const network = spikingOf(task, { thresholds, initialPotential: 'half-threshold' });
      return { network, procedure: plainSimulation };
    },
  },
);
