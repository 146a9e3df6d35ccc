import type { NeuronDefinition, NeuronSpec, Parameter, Registry } from '@rheobase/network';
import { checkModelSpec } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The decision to spike: 1 where x ≥ 0, else 0, in float32 and x's shape. x is V − θ, not divided by θ. Backwards it
 * may have a surrogate gradient.
 */
export type Fire = (x: Tensor) => Tensor;

/**
 * What a population of neurons remembers between steps, by name; `potential` is always among it. The initial state may
 * be of any shape that broadcasts to `[N, …shape]`; after a step it has that shape.
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
  /** What V was compared with at each step, of a neuron whose threshold moves. Default: θ at every step. */
  readonly thresholds?: readonly number[];
}

/**
 * Where the charge goes in a neuron that loses none: V(t) = V(t−1) + I(t) + added − removed(s(t)). Summed over T
 * steps, mean removed = Ī + added + (V(0) − V(T))/T (METHOD.md §5).
 */
export interface ChargeBalance {
  /** What the reset takes from the potential for a step's spikes: θ·s with soft reset. */
  removed(spikes: number, values: Readonly<Record<string, number>>): number;
  /** What the neuron adds to its input at every step; absent: nothing. */
  added?(values: Readonly<Record<string, number>>): number;
}

/**
 * A spiking neuron model: a pure step on tensors, and a scalar reference that is easy to believe.
 *
 * Parameters are tensors that broadcast to the current, `[N, …shape]`: a scalar, one value per channel `[C]`, or one per
 * neuron `[H, W, C]`. Attributes that are not given have their initial values. Every model has a parameter `threshold`.
 */
export interface Neuron extends NeuronDefinition {
  /** The state before the first step: new tensors, which the caller disposes. */
  initialState(parameters: Readonly<Record<string, Tensor>>, attributes: Readonly<Record<string, number>>): NeuronState;
  /**
   * One time step. Pure: nothing that is passed in is changed or disposed.
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
   * What stands in for the derivative of the firing rate with respect to the charge x = (Ī + V(0)/T)/θ, for neurons whose rate over T
   * steps is a rounded function of it (METHOD.md §5): 1 where the rate follows the charge, 0 where it is at a bound. It is what rate-based
   * backpropagation goes by (Yu et al., NeurIPS 2024, arXiv 2410.11488). Only neurons with a parameter `initialPotential` have one.
   *
   * @param charge x, of any shape
   */
  rateSlope?(charge: Tensor, attributes: Readonly<Record<string, number>>, steps: number): Tensor;
  /**
   * Name of a tfjs kernel for all time steps at once, which the tensor engine uses in place of the step where it is registered,
   * together with its gradient, named likewise with `Grad` appended. They are called as `RheobaseIntegrateAndFire` of
   * \@rheobase/tfjs-wasm-training is, with the neuron's attributes besides; the neuron has the parameters `threshold` and `initialPotential`,
   * and no others. A model that decides more than once in a step has the decisions' excesses concatenated.
   */
  readonly kernel?: string;
}

/**
 * The neuron model that a spec names, once the spec is known to fit it.
 *
 * @param parameters a network's parameters: pass them to check as well that those named exist, have the right role and
 *   hold values in range
 * @throws if the kind, a parameter's or an attribute's name is unknown or missing, or a value is out of range.
 */
export function checkNeuronSpec(
  spec: NeuronSpec,
  registry: Registry<Neuron>,
  parameters?: ReadonlyMap<string, Parameter>,
): Neuron {
  return checkModelSpec(spec, registry, parameters);
}
