import type { TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { Call, NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { sizeOf } from './sizes.js';

/** How neurons over time lie in memory: arrays are `[T·N, …shape]`, or `[N, …shape]` for a current that does not change. */
interface TimeLayout {
  readonly steps: number;
  readonly currentSteps: number;
  readonly batch: number;
  /** Neurons of an image. */
  readonly size: number;
}

function timeLayout({ attributes }: Call, current: TensorInfo, kernelName: string): TimeLayout {
  const steps = numberAttribute(attributes, 'steps', kernelName);
  const currentSteps = numberAttribute(attributes, 'currentSteps', kernelName);
  const rows = current.shape[0] ?? 0;
  const batch = rows / currentSteps;
  if (!Number.isInteger(batch)) throw new Error(`${kernelName}: ${rows} rows are no ${currentSteps} steps of a batch.`);
  return { steps, currentSteps, batch, size: rows === 0 ? 0 : sizeOf(current) / rows };
}

/** A parameter's number of values: one, or one a neuron. */
function valuesPerNeuron(parameter: TensorInfo, name: string, { size }: TimeLayout, kernelName: string): number {
  const count = sizeOf(parameter);
  if (count !== 1 && count !== size) {
    throw new Error(`${kernelName}: '${name}' has ${count} values; it takes one, or one for each of ${size} neurons.`);
  }
  return count;
}

const forwardName = 'RheobaseIntegrateAndFire';
const integrateAndFire: NativeKernel = {
  kernelName: forwardName,
  prepare: (module) => {
    const compute = module.kernel('f32_integrate_and_fire_4');
    return (call) => {
      const { inputs, heap } = call;
      const current = requireInput(inputs, 'current', forwardName);
      const threshold = requireInput(inputs, 'threshold', forwardName);
      const initialPotential = requireInput(inputs, 'initialPotential', forwardName);
      const layout = timeLayout(call, current, forwardName);
      const { steps, currentSteps, batch, size } = layout;
      const shape = [steps * batch, ...current.shape.slice(1)];
      const counts = [
        valuesPerNeuron(threshold, 'threshold', layout, forwardName),
        valuesPerNeuron(initialPotential, 'initialPotential', layout, forwardName),
      ];
      const outputs = [heap.output(shape), heap.output(shape)];
      const addresses = [current, threshold, initialPotential, ...outputs].map(heap.address);
      compute(...addresses, steps, currentSteps, batch, size, ...counts);
      return outputs;
    };
  },
};

const gradientName = 'RheobaseIntegrateAndFireGrad';
const integrateAndFireGradient: NativeKernel = {
  kernelName: gradientName,
  prepare: (module) => {
    const compute = module.kernel('f32_integrate_and_fire_gradient_4');
    return (call) => {
      const { inputs, heap } = call;
      const dy = requireInput(inputs, 'dy', gradientName);
      const excess = requireInput(inputs, 'excess', gradientName);
      const derivative = requireInput(inputs, 'derivative', gradientName);
      const threshold = requireInput(inputs, 'threshold', gradientName);
      const steps = numberAttribute(call.attributes, 'steps', gradientName);
      const currentSteps = numberAttribute(call.attributes, 'currentSteps', gradientName);
      const rows = dy.shape[0] ?? 0;
      const shape = dy.shape.slice(1);
      const batch = rows / steps;
      const layout = { steps, currentSteps, batch, size: rows === 0 ? 0 : sizeOf(dy) / rows };
      const count = valuesPerNeuron(threshold, 'threshold', layout, gradientName);
      const outputs = [[currentSteps * batch, ...shape], shape, shape, shape].map((own) => heap.output(own));
      const addresses = [dy, excess, derivative, threshold, ...outputs].map(heap.address);
      compute(...addresses, steps, currentSteps, batch, layout.size, count);
      return outputs;
    };
  },
};

/**
 * Integrate-and-fire over all time steps at once.
 *
 * - `RheobaseIntegrateAndFire`: current `[T·N, …]` (or `[N, …]` with `currentSteps` 1), threshold and initialPotential (one value,
 *   or one a neuron); attributes `steps`, `currentSteps`. Gives θ·s and x = V − θ before the reset, both `[T·N, …]`.
 * - `RheobaseIntegrateAndFireGrad`: dy, excess (x), derivative (σ′(x)), threshold. Gives the gradients of the current, and summed
 *   over the batch those of V(0) and θ by neuron, and Σ ∂loss/∂s·σ′(x)·x by neuron, which over k is the slope's.
 */
export const neuronKernels: readonly NativeKernel[] = [integrateAndFire, integrateAndFireGradient];
