import { numberOption } from '@rheobase/network';
import { methodWithoutImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { spikingOf } from './task-registries.js';

/**
 * Signed integrate-and-fire neurons, as Fast-SNN has them. From a quantized network, θ = clip, V(0) = θ/2; a neuron that has fired, and whose
 * potential inhibition then brought below 0, fires a negative spike that takes one back: s = [V ≥ θ] − [V < −ε·θ]·[N > 0], N the spikes
 * so far. So a spike before inhibition arrived is no longer an error, once there was a step to take it back. (The paper also fine-tunes
 * layer by layer; that is not done here.)
 */
export const compensatingSpikes = methodWithoutImages('quantized', {
  name: 'signed-if',
  summary: 'Fast-SNN’s signed neurons: a negative spike takes back one that came too early',
  paper: {
    title: 'Fast-SNN: fast spiking neural network by converting quantized ANN',
    reference: 'Hu, Zheng, Jiang, Pan; IEEE TPAMI 2023; arXiv 2305.19868',
    url: 'https://arxiv.org/abs/2305.19868',
  },
  options: {
    tolerance: numberOption('ε: how far below 0 the potential must be, in units of θ', 1e-3, {
      minimum: 0,
      maximum: 1,
    }),
  },
  dependsOnSteps: false,
  convert: async (task, { tolerance }) => ({
    network: spikingOf(task, { neuron: { kind: 'compensating-if', attributes: { tolerance } } }),
    procedure: plainSimulation,
  }),
});
