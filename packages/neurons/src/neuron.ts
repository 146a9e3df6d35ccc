import type { NeuronDefinition, NeuronSpec, Parameter, Registry } from '@rheobase/network';
import { checkModelSpec } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The decision to spike: 1 where x ≥ 0, else 0, in float32 and x's shape. x is V − θ, not divided by θ. It may have a surrogate gradient. */
export type Fire = (x: Tensor) => Tensor;

/**
 * The state of a population of neurons between steps, by name; it always has `potential`. The initial state may have any shape that broadcasts to
 * `[N, …shape]`; after a step it has that shape.
 */
export type NeuronState = Readonly<Record<string, Tensor>>;

/** The spikes of one step, and the state after it. */
export interface NeuronStep {
  readonly state: NeuronState;
  /** Signed counts in float32: 0/1, −1/0/1, or 0…n for bursts. The neuron's output at this step is θ·spikes. */
  readonly spikes: Tensor;
}

/** One neuron over all steps. */
export interface NeuronTrace {
  readonly spikes: readonly number[];
  /** V(t) after the reset of each step. */
  readonly potentials: readonly number[];
  /** The threshold that V was compared with in each step, for a neuron with an adaptive one. Default: θ. */
  readonly thresholds?: readonly number[];
}

/**
 * Charge balance of a neuron that loses no charge: V(t) = V(t−1) + I(t) + added − removed(s(t)). Summed over T steps, mean removed = Ī + added +
 * (V(0) − V(T))/T (METHOD.md §5).
 */
export interface ChargeBalance {
  /** What the reset subtracts from the potential for a step's spikes: θ·s with soft reset. */
  removed(spikes: number, values: Readonly<Record<string, number>>): number;
  /** What the neuron adds to its input in every step. Default: 0. */
  added?(values: Readonly<Record<string, number>>): number;
}

/**
 * A spiking neuron model: a pure step on tensors, and a simple scalar reference.
 *
 * Parameters are tensors that broadcast to the current, `[N, …shape]`: a scalar, one value per channel `[C]`, or one per neuron `[H, W, C]`.
 * Attributes default to their initial values. Every model has a parameter `threshold`.
 */
export interface Neuron extends NeuronDefinition {
  /** The state before the first step: new tensors, which the caller disposes. */
  initialState(parameters: Readonly<Record<string, Tensor>>, attributes: Readonly<Record<string, number>>): NeuronState;
  /**
   * One time step. Pure: its arguments are neither changed nor disposed.
   *
   * @param current the input current I(t), `[N, …shape]`, in units of the threshold
   * @param fire the Heaviside step, or one with a surrogate gradient
   */
  step(
    state: NeuronState,
    current: Tensor,
    parameters: Readonly<Record<string, Tensor>>,
    attributes: Readonly<Record<string, number>>,
    fire: Fire,
  ): NeuronStep;
  /**
   * The slow reference: one neuron in float64 over all steps.
   *
   * @param values parameters and attributes by name
   */
  reference(currents: readonly number[], values: Readonly<Record<string, number>>): NeuronTrace;
  /** Only neurons with soft reset and no leak have one. */
  readonly balance?: ChargeBalance;
  /**
   * Surrogate for the derivative of the firing rate with respect to the charge x = (Ī + V(0)/T)/θ, for neurons whose rate over T steps is a rounded
   * function of it (METHOD.md §5): 1 where the rate follows the charge, 0 where it saturates. Rate-based backpropagation uses it (Yu et al., NeurIPS
   * 2024, arXiv 2410.11488). Only neurons with a parameter `initialPotential` have one.
   *
   * @param charge x, of any shape
   */
  rateSlope?(charge: Tensor, attributes: Readonly<Record<string, number>>, steps: number): Tensor;
  /**
   * How the kernels `RheobaseNeurons` of \@rheobase/tfjs-wasm-training run all time steps of the model at once. The tensor engine uses them instead of the
   * step if they are registered. Described neurons have it (`describedNeuron`).
   */
  readonly fused?: FusedNeuron;
}

/** A model as the kernels `RheobaseNeurons` take it. */
export interface FusedNeuron {
  /** Names of the model's parameters. Without an initial potential it is 0. */
  readonly threshold: string;
  readonly initialPotential?: string;
  readonly leak?: string;
  /** The kernels' attributes, besides the numbers of steps and what a spike is worth. @param given the neuron's attributes */
  settings(given: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
}

/**
 * The neuron model that a spec names, after checking that the spec fits it.
 *
 * @param parameters a network's parameters; if given, those named must also exist, have the right role and be in range
 * @throws if the kind, a parameter's or an attribute's name is unknown or missing, or a value is out of range.
 */
export function checkNeuronSpec(
  spec: NeuronSpec,
  registry: Registry<Neuron>,
  parameters?: ReadonlyMap<string, Parameter>,
): Neuron {
  return checkModelSpec(spec, registry, parameters);
}
