import { choice } from '@rheobase/network';
import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { percentileOption, recordedThresholds } from './recorded-thresholds.js';
import { spikingOf } from './task-registries.js';

/**
 * Threshold balancing. θ of a layer is the p-th percentile of its activations, so that the largest of them are what a neuron says that
 * fires at every step: V ← V + I; s = [V ≥ θ]; V ← V − θ·s, V(0) = 0. A rate is rounded down, θ·⌊T·z/θ⌋/T. With the shift, θ/(2T) is added
 * to the input of every step, and it is rounded to the nearest: what Deng and Gu proved to be optimal for a uniform z.
 *
 * P. U. Diehl, D. Neil, J. Binas, M. Cook, S.-C. Liu, M. Pfeiffer, IJCNN 2015, for the balance; B. Rueckauer, I.-A. Lungu, Y. Hu, M. Pfeiffer,
 * S.-C. Liu, Frontiers in Neuroscience 11 (2017), for the percentile and the soft reset; S. Deng, S. Gu, "Optimal conversion of conventional
 * artificial neural networks to spiking neural networks", ICLR 2021, for the shift.
 */
export const thresholdBalancing = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'threshold-balancing',
    summary: 'θ from a percentile of the activations, V(0) = 0; with or without θ/(2T) a step',
    paper: {
      title:
        'Conversion of continuous-valued deep networks to efficient event-driven networks for image classification',
      reference:
        'Rueckauer, Lungu, Hu, Pfeiffer, Liu; Frontiers in Neuroscience 11, 2017; the shift: Deng, Gu; ICLR 2021',
      url: 'https://doi.org/10.3389/fnins.2017.00682',
    },
    options: {
      percentile: percentileOption(),
      shift: choice('half-step: θ/(2T) is added to the input of every step', ['none', 'half-step'], 'none'),
    },
    dependsOnSteps: ({ shift }) => shift === 'half-step',
    convert: async (task, { percentile, shift }) => {
      const thresholds = await recordedThresholds(task, { kind: 'percentile', percentile });
      const initialPotential = shift === 'none' ? 'zero' : 'shift';
      const network = spikingOf(task, { thresholds, initialPotential, steps: task.steps });
      return { network, procedure: plainSimulation };
    },
  },
);
