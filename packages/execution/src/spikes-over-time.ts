import { customGradient, only, registeredKernel, sumToShape } from '@rheobase/activations';
import type { Shape } from '@rheobase/network';
import { ownValue, sizeOf } from '@rheobase/network';
import type { Fire, Neuron, Surrogate } from '@rheobase/neurons';
import { heaviside } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, concat, mul, reshape, scalar, split, zeros } from '@tensorflow/tfjs-core';
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

function fused(population: Population): Tensor | undefined {
  const { model, parameters, attributes, spikeValue, current, steps, surrogate } = population;
  const kernels = fusedKernels();
  const { fused: how } = model;
  if (how === undefined || kernels === undefined || current.value.size === 0) return undefined;
  const threshold = ownValue(parameters, how.threshold);
  const leak = how.leak === undefined ? undefined : ownValue(parameters, how.leak);
  const given = how.initialPotential === undefined ? scalar(0) : ownValue(parameters, how.initialPotential);
  if (threshold === undefined || given === undefined || (how.leak !== undefined && leak === undefined))
    return undefined;
  const shape = current.value.shape.slice(1);
  const one = spikeValue === 'one' ? 1 : 0;
  const currentSteps = current.kind === 'constant' ? 1 : steps;
  const settings = { ...how.settings(attributes), steps, currentSteps, one };
  const slope = surrogate?.slope ?? 1;
  const named = [threshold, given, typeof slope === 'number' ? scalar(slope) : slope, ...(leak ? [leak] : [])];

  return customGradient(
    [current.value, ...named],
    () => {
      const fitting = named.map((parameter) => fitted(parameter, shape));
      const inputs = inputsOf(current.value, fitting);
      return { value: only(kernels.forward(inputs, settings)), saved: [current.value, ...fitting] };
    },
    (dy, [kept, ...fitting]) => {
      const inputs = inputsOf(kept, fitting);
      const slopes = { dy, slope: fitting[2] ?? scalar(1) };
      const [dcurrent, dtheta, dstart, ...more] = kernels.backward(
        {
          ...inputs,
          ...slopes,
          ...ownDerivative(surrogate, slopes.slope, () => only(kernels.excess(inputs, settings))),
        },
        { ...settings, ...(surrogate?.model.fused !== undefined && { surrogate: surrogate.model.fused }) },
      );
      // The kernel gives the leak's in front of the slope's.
      const gradients = [dtheta, dstart, more.at(-1), ...(leak ? [more[0]] : [])];
      const byParameter = named.map((parameter, i) => {
        const gradient = gradients[i];
        if (gradient === undefined) throw new Error(`The fused kernels of '${model.kind}' gave too few gradients.`);
        return gradient.size === parameter.size
          ? reshape(gradient, parameter.shape)
          : sumToShape(reshape(gradient, shape), parameter.shape);
      });
      if (dcurrent === undefined) throw new Error(`The fused kernels of '${model.kind}' gave no gradients.`);
      return [dcurrent, ...byParameter];
    },
  );
}

function fusedKernels() {
  const forward = registeredKernel('RheobaseNeurons');
  const excess = registeredKernel('RheobaseNeuronsExcess');
  const backward = registeredKernel('RheobaseNeuronsGrad');
  return forward && excess && backward && { forward, excess, backward };
}

/** The kernels' inputs of a current and of θ, V(0), the slope and perhaps the leak. */
function inputsOf(current: Tensor, [threshold, initialPotential, , leak]: readonly Tensor[]): Record<string, Tensor> {
  if (threshold === undefined || initialPotential === undefined) throw new Error('A neuron lacks θ or V(0).');
  return { current, threshold, initialPotential, ...(leak && { leak }) };
}

/** σ′ of a surrogate that the kernels do not know. */
function ownDerivative(
  surrogate: Population['surrogate'],
  slope: Tensor,
  excess: () => Tensor,
): { readonly derivative?: Tensor } {
  if (surrogate === undefined || surrogate.model.fused !== undefined) return {};
  return { derivative: surrogate.model.derivative(excess(), slope) };
}

/** A parameter in the form that kernels take: one value, one per channel, or one per neuron. */
function fitted(parameter: Tensor, shape: Shape): Tensor {
  const perChannel = parameter.size === shape.at(-1) && parameter.shape.at(-1) === parameter.size;
  return parameter.size === 1 || perChannel || parameter.size === sizeOf(shape)
    ? parameter
    : add(parameter, zeros([...shape]));
}
