import { customGradient, registeredKernel, sumToShape } from '@rheobase/activations';
import type { Shape } from '@rheobase/network';
import { attributeValues, sizeOf } from '@rheobase/network';
import type { Fire, Neuron, Surrogate } from '@rheobase/neurons';
import { heaviside } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, concat, div, mul, scalar, split, zeros, zerosLike } from '@tensorflow/tfjs-core';
import type { OverTime } from './over-time.js';

/** A population of neurons with its parameters and input. */
export interface Population {
  readonly model: Neuron;
  /** By the names of the model's parts. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly attributes: Readonly<Record<string, number>>;
  /** What a spike is worth; absent: θ. */
  readonly spikeValue?: 'one' | undefined;
  readonly current: OverTime;
  /** T */
  readonly steps: number;
  /** The surrogate gradient and its slope k. */
  readonly surrogate?: { readonly model: Surrogate; readonly slope: Tensor | number } | undefined;
}

/**
 * Output of neurons over T steps, θ·s or s, as `[T·N, …shape]`: by the model's fused kernel if one is registered, else step by step. Both give the same
 * spikes.
 */
export function spikesOverTime(population: Population): Tensor {
  return fused(population) ?? stepByStep(population);
}

/** The definition: the model's own step, T times. */
export function stepByStep({
  model,
  parameters,
  attributes,
  spikeValue,
  current,
  steps,
  surrogate,
}: Population): Tensor {
  const fire: Fire = surrogate === undefined ? heaviside : surrogate.model.fire(surrogate.slope);
  const currents =
    current.kind === 'constant' ? Array.from({ length: steps }, () => current.value) : split(current.value, steps, 0);
  let state = model.initialState(parameters, attributes);
  const spikes: Tensor[] = [];
  for (const now of currents) {
    const step = model.step(state, now, parameters, attributes, fire);
    spikes.push(step.spikes);
    state = step.state;
  }
  const all = concat(spikes, 0);
  const { threshold } = parameters;
  return threshold === undefined || spikeValue === 'one' ? all : mul(all, threshold);
}

function fused({
  model,
  parameters,
  attributes,
  spikeValue,
  current,
  steps,
  surrogate,
}: Population): Tensor | undefined {
  const { threshold, initialPotential } = parameters;
  // The kernels give θ·s.
  if (model.kernel === undefined || spikeValue === 'one' || threshold === undefined || initialPotential === undefined)
    return undefined;
  const forward = registeredKernel(model.kernel);
  const backward = registeredKernel(`${model.kernel}Grad`);
  if (forward === undefined || backward === undefined || current.value.size === 0) return undefined;
  const shape = current.value.shape.slice(1);
  const settings = {
    ...attributeValues(model.attributes, attributes),
    steps,
    currentSteps: current.kind === 'constant' ? 1 : steps,
  };
  const k = surrogate === undefined || typeof surrogate.slope === 'number' ? scalar(1) : surrogate.slope;

  return customGradient(
    [current.value, threshold, initialPotential, k],
    () => {
      const theta = oneOrEach(threshold, shape);
      const inputs = { current: current.value, threshold: theta, initialPotential: oneOrEach(initialPotential, shape) };
      const [value, excess] = forward(inputs, settings);
      if (value === undefined || excess === undefined) throw new Error(`${model.kernel} gave no spikes.`);
      return { value, saved: [excess, theta, k] };
    },
    (dy, [excess, theta, keptSlope]) => {
      const derivative =
        surrogate === undefined
          ? zerosLike(excess)
          : surrogate.model.derivative(excess, typeof surrogate.slope === 'number' ? surrogate.slope : keptSlope);
      const [dcurrent, dstart, dtheta, dslope] = backward({ dy, excess, derivative, threshold: theta }, settings);
      if (dcurrent === undefined || dstart === undefined || dtheta === undefined || dslope === undefined) {
        throw new Error(`${model.kernel}Grad gave no gradients.`);
      }
      return [
        dcurrent,
        sumToShape(dtheta, threshold.shape),
        sumToShape(dstart, initialPotential.shape),
        // σ depends on k·x alone, so that ∂σ/∂k is σ′(x)·x/k.
        div(sumToShape(dslope, keptSlope.shape), keptSlope),
      ];
    },
  );
}

/** A parameter in the form that kernels take: one value, or one per neuron. */
function oneOrEach(parameter: Tensor, shape: Shape): Tensor {
  return parameter.size === 1 || parameter.size === sizeOf(shape) ? parameter : add(parameter, zeros([...shape]));
}
