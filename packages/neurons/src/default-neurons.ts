import type { Registry } from '@rheobase/network';
import { neuronDefinitions, registry } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * Integrate-and-fire with reset by subtraction and no leak (METHOD.md §4): V ← V + I; s = 1 if V ≥ θ, else 0;
 * V ← V − θ·s.
 */
export const integrateAndFire: Neuron = describedNeuron(neuronDefinitions.if);

/**
 * Integrate-and-fire with soft reset that starts at 0 and gets θ/(2T) added to the input of every step: the variant without an initial potential
 * (METHOD.md §4). After T steps it has received the same charge as `if` with V(0) = θ/2.
 */
export const integrateAndFireShift: Neuron = describedNeuron(neuronDefinitions['if-shift']);

/** Integrate-and-fire with hard reset to zero: the excess over θ when it fires is lost. */
export const integrateAndFireHard: Neuron = describedNeuron(neuronDefinitions['if-hard']);

/**
 * Leaky integrate-and-fire with soft reset: V ← λ·V + I; s = 1 if V ≥ θ, else 0; V ← V − θ·s. The input is not scaled.
 * With a membrane time constant τ and steps of length Δt, λ = exp(−Δt/τ).
 */
export const leakyIntegrateAndFire: Neuron = describedNeuron(neuronDefinitions.lif);

/** Leaky integrate-and-fire with reset to zero. */
export const leakyIntegrateAndFireHard: Neuron = describedNeuron(neuronDefinitions['lif-hard']);

/** Integrate-and-fire with and without a leak, soft and hard reset, that fires only where V > θ, as NIR's equations say: Pedersen et al., Nature Communications 15, 2024. */
export const neuronsAboveThreshold: readonly Neuron[] = (
  ['if-above', 'if-hard-above', 'lif-above', 'lif-hard-above'] as const
).map((kind) => describedNeuron(neuronDefinitions[kind]));

/**
 * The asymmetric signed neuron of leaky-ReLU networks (METHOD.md §4): s⁺ = 1 if V ≥ θ, and V −= θ; s⁻ = 1 if −V ≥ θ/α, and V += θ/α; the spikes are
 * s⁺ − s⁻. A negative spike is worth −θ and removes θ/α, so θ·mean s⁺ − (θ/α)·mean s⁻ = mean I + (V(0) − V(T))/T.
 */
export const signedIntegrateAndFire: Neuron = describedNeuron(neuronDefinitions['signed-if']);

/**
 * The signed neuron of Fast-SNN (Hu, Zheng, Jiang, Pan, Fast-SNN: fast spiking neural network by converting quantized ANN, IEEE TPAMI 2023): a neuron
 * that fired too early takes spikes back. With N the signed sum of spikes so far: V ← V + I; s⁺ = [V ≥ θ]; V ← V − θ·s⁺; s⁻ = [V < −ε·θ]·[N > 0]; V ←
 * V + θ·s⁻; N ← N + s⁺ − s⁻. Its sum is never negative, so it can stand for a clipped ReLU. With V(0) = θ/2 it ends at the rounded input in whatever
 * order the charge arrives, once it has had enough steps to take back surplus spikes.
 */
export const compensatingIntegrateAndFire: Neuron = describedNeuron(neuronDefinitions['compensating-if']);

/**
 * Burst firing (Li and Zeng, "Efficient and accurate conversion of spiking neural network with burst spikes", IJCAI
 * 2022): up to Γ spikes in a step, n = min(max(⌊V/θ⌋, 0), Γ), and V ← V − θ·n. Spikes are counts. The fire function
 * decides each of the Γ spikes, the n-th at V ≥ n·θ, so that a surrogate gradient applies to all of them.
 */
export const burst: Neuron = describedNeuron(neuronDefinitions.burst);

/**
 * Multi-threshold neuron (Huang et al., Differential Coding for Training-Free ANN-to-SNN Conversion, ICML 2025, arXiv 2503.00301, §3): n thresholds θ to
 * 2ⁿ⁻¹·θ and their negatives, and in each step at most one spike, of the value nearest to what is to be sent. Spikes of negative sign take back what was
 * sent too early, but never more than was sent, so it stands for a ReLU.
 */
export const multiThreshold: Neuron = describedNeuron(neuronDefinitions['multi-threshold']);

/**
 * The same neuron with differential coding (same paper): spikes send changes of the value, which become finer from step to step, in place of the value
 * itself in every step. The paper divides a spike's value by t; here it is divided by λ^(t−1), so that a potential that grows by λ in each step does
 * all of it, exactly so in integers for λ = 2. See `growthOf` of \@rheobase/network for what else it changes in a network.
 */
export const differential: Neuron = describedNeuron(neuronDefinitions.differential);

/**
 * Harmony multi-threshold neuron (Zhang et al., Generalized Threshold Optimization with Harmony Multi-Threshold Neurons, AAAI 2026, eqs. 12 to 22): up to n
 * spikes in a step, of the values θ to 2ⁿ⁻¹·θ, which together are any multiple of θ up to Γ = 2ⁿ − 1. With the communication of its positive and
 * negative parts only one of them fires, and V stays within ±½·θ of what was sent: s = clip(⌊V/θ + ½⌋, −Γ, Γ).
 */
export const harmony: Neuron = describedNeuron(neuronDefinitions.harmony);

/** The neuron models of this package by kind; `defaultNeurons.with([mine.kind, mine])` has one more. */
export const defaultNeurons: Registry<Neuron> = registry(
  'neuron',
  [
    integrateAndFire,
    integrateAndFireShift,
    integrateAndFireHard,
    leakyIntegrateAndFire,
    leakyIntegrateAndFireHard,
    ...neuronsAboveThreshold,
    signedIntegrateAndFire,
    compensatingIntegrateAndFire,
    burst,
    multiThreshold,
    differential,
    harmony,
  ].map((neuron) => [neuron.kind, neuron]),
);
