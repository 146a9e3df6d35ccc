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

/** A neuron model's two kernels. */
interface FusedNeuron {
  readonly kernelName: string;
  /** Name of the module's kernel; that of its gradient has `_gradient` before the 4. */
  readonly native: string;
  /** At how many places of a step the model decides: rows of the excess, in units of those of the spikes. */
  readonly decisions: 1 | 3;
  /** Additional attributes of the kernels, as their last arguments. */
  readonly attributes: readonly string[];
}

function forwardKernel({ kernelName, native, decisions, attributes }: FusedNeuron): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel(`${native}_4`);
      return (call) => {
        const { inputs, heap } = call;
        const current = requireInput(inputs, 'current', kernelName);
        const threshold = requireInput(inputs, 'threshold', kernelName);
        const initialPotential = requireInput(inputs, 'initialPotential', kernelName);
        const layout = timeLayout(call, current, kernelName);
        const { steps, currentSteps, batch, size } = layout;
        const shape = current.shape.slice(1);
        const counts = [
          valuesPerNeuron(threshold, 'threshold', layout, kernelName),
          valuesPerNeuron(initialPotential, 'initialPotential', layout, kernelName),
        ];
        const own = attributes.map((name) => numberAttribute(call.attributes, name, kernelName));
        const rows = steps * batch;
        const outputs = [heap.output([rows, ...shape]), heap.output([decisions * rows, ...shape])];
        const addresses = [current, threshold, initialPotential, ...outputs].map(heap.address);
        compute(...addresses, steps, currentSteps, batch, size, ...counts, ...own);
        return outputs;
      };
    },
  };
}

function gradientKernel({ kernelName: forwardName, native, attributes }: FusedNeuron): NativeKernel {
  const kernelName = `${forwardName}Grad`;
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel(`${native}_gradient_4`);
      return (call) => {
        const { inputs, heap } = call;
        const dy = requireInput(inputs, 'dy', kernelName);
        const excess = requireInput(inputs, 'excess', kernelName);
        const derivative = requireInput(inputs, 'derivative', kernelName);
        const threshold = requireInput(inputs, 'threshold', kernelName);
        const steps = numberAttribute(call.attributes, 'steps', kernelName);
        const currentSteps = numberAttribute(call.attributes, 'currentSteps', kernelName);
        const own = attributes.map((name) => numberAttribute(call.attributes, name, kernelName));
        const rows = dy.shape[0] ?? 0;
        const shape = dy.shape.slice(1);
        const batch = rows / steps;
        const layout = { steps, currentSteps, batch, size: rows === 0 ? 0 : sizeOf(dy) / rows };
        const count = valuesPerNeuron(threshold, 'threshold', layout, kernelName);
        const outputs = [[currentSteps * batch, ...shape], shape, shape, shape].map((of) => heap.output(of));
        const addresses = [dy, excess, derivative, threshold, ...outputs].map(heap.address);
        compute(...addresses, steps, currentSteps, batch, layout.size, count, ...own);
        return outputs;
      };
    },
  };
}

const fusedNeurons: readonly FusedNeuron[] = [
  { kernelName: 'RheobaseIntegrateAndFire', native: 'f32_integrate_and_fire', decisions: 1, attributes: [] },
  {
    kernelName: 'RheobaseCompensatingIntegrateAndFire',
    native: 'f32_compensating_integrate_and_fire',
    decisions: 3,
    attributes: ['tolerance'],
  },
];

/**
 * Neurons over all time steps at once, each model with its gradient.
 *
 * - `RheobaseIntegrateAndFire`: current `[T·N, …]` (or `[N, …]` with `currentSteps` 1), threshold and initialPotential (one value,
 *   or one a neuron); attributes `steps`, `currentSteps`. Gives θ·s and x = V − θ before the reset, both `[T·N, …]`.
 * - `RheobaseIntegrateAndFireGrad`: dy, excess (x), derivative (σ′(x)), threshold. Gives the gradients of the current, and summed
 *   over the batch those of V(0) and θ by neuron, and Σ ∂loss/∂s·σ′(x)·x by neuron, which over k is the slope's.
 * - `RheobaseCompensatingIntegrateAndFire` and its gradient: the same, with the attribute `tolerance` (ε). Their excess is `[3·T·N, …]`:
 *   x, then V + ε·θ before a spike is taken back, then the number of spikes that can be taken back, minus ½.
 */
export const neuronKernels: readonly NativeKernel[] = fusedNeurons.flatMap((neuron) => [
  forwardKernel(neuron),
  gradientKernel(neuron),
]);
