import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * The signed neuron of Fast-SNN (Hu, Zheng, Jiang, Pan, Fast-SNN: fast spiking neural network by converting quantized ANN, IEEE TPAMI
 * 2023): a neuron that fired too early takes spikes back. With N the spikes so far, negative ones subtracted: V ← V + I; s⁺ = [V ≥ θ];
 * V ← V − θ·s⁺; s⁻ = [V < −ε·θ]·[N > 0]; V ← V + θ·s⁻; N ← N + s⁺ − s⁻. It never says less than nothing, so that it stands for a
 * clipped ReLU, and with V(0) = θ/2 it ends at the rounded input whatever the order the charge came in, once it has had the steps to
 * take back what was too much.
 */
export const compensatingIntegrateAndFire: Neuron = {
  ...describedNeuron(neuronDefinitions['compensating-if']),
  kernel: 'RheobaseCompensatingIntegrateAndFire',
};
