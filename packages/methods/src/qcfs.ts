import { methodWithoutImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { spikingOf } from './task-registries.js';

/**
 * QCFS. The source is trained with the activation λ·clip(⌊z·L/λ + ½⌋/L, 0, 1), "quantization clip-floor-shift"; each becomes an
 * integrate-and-fire neuron with θ = λ, V(0) = θ/2 and soft reset. With T = L and a steady input the neuron's rate is that activation
 * exactly; with another T the expected error is 0. What is left is that input is not steady. A network whose sites are `quant-clip` has
 * the same values, and comes to the same neurons.
 */
export const qcfs = methodWithoutImages('quantized', {
  name: 'qcfs',
  summary: 'quantized activations in training, then integrate-and-fire neurons with V(0) = θ/2',
  paper: {
    title: 'Optimal ANN-SNN conversion for high-accuracy and ultra-low-latency spiking neural networks',
    reference: 'Bu, Fang, Ding, Dai, Yu, Huang; ICLR 2022; arXiv 2303.04347',
    url: 'https://arxiv.org/abs/2303.04347',
  },
  options: {},
  dependsOnSteps: false,
  convert: async (task) => ({ network: spikingOf(task), procedure: plainSimulation }),
});
