import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { backend_util, reshape, sum } from '@tensorflow/tfjs-core';
import { columnSums } from '../column-sums.js';

/** A gradient of a kernel: how the loss changes with each input, given how it changes with the output. */
export interface Gradient<Attributes = unknown> {
  readonly kernelName: string;
  readonly inputsToSave?: readonly string[];
  readonly outputsToSave?: readonly boolean[];
  readonly saveAllInputs?: true;
  readonly gradient: (dy: Tensor, saved: readonly Tensor[], attributes: Attributes) => Record<string, () => Tensor>;
}

/** The gradient in tfjs' own form. */
export function toGradConfig<Attributes>(gradient: Gradient<Attributes>): GradConfig {
  const { kernelName, inputsToSave = [], outputsToSave = [], saveAllInputs = false } = gradient;
  return {
    kernelName,
    inputsToSave: [...inputsToSave],
    outputsToSave: [...outputsToSave],
    saveAllInputs,
    // tfjs types attributes as an untyped map and dy as one tensor or several; every kernel here has one output.
    gradFunc: (dy, saved, attributes) => gradient.gradient(dy as Tensor, saved, attributes as unknown as Attributes),
  };
}

/** Sums a gradient over the axes along which an input was broadcast, back to the input's shape. */
export function sumTo(gradient: Tensor, shape: readonly number[]): Tensor {
  // Only the last axis was not broadcast: a bias.
  if (shape.length === 1 && shape[0] === gradient.shape.at(-1) && gradient.rank > 1) return columnSums(gradient);
  const axes = backend_util.getReductionAxes([...shape], gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, [...shape]);
}

/** The saved tensor at a place; tfjs saves inputs first, in the order asked for, then outputs. */
export function at(saved: readonly Tensor[], index: number): Tensor {
  const tensor = saved[index];
  if (tensor === undefined)
    throw new Error(`tfjs saved ${saved.length} tensors, but the gradient needs number ${index}.`);
  return tensor;
}

/** The gradient of an operation on `x` alone. */
export function unary(kernelName: string, gradient: (dy: Tensor, x: Tensor) => Tensor): Gradient {
  return { kernelName, inputsToSave: ['x'], gradient: (dy, saved) => ({ x: () => gradient(dy, at(saved, 0)) }) };
}

/** The gradient of an operation on `a` and `b`, which broadcast: for each, dy times the derivative in the shape of the output. */
export function binary(
  kernelName: string,
  derivatives: (a: Tensor, b: Tensor, dy: Tensor) => { readonly a: () => Tensor; readonly b: () => Tensor },
): Gradient {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradient: (dy, saved) => {
      const [a, b] = [at(saved, 0), at(saved, 1)];
      const by = derivatives(a, b, dy);
      return { a: () => sumTo(by.a(), a.shape), b: () => sumTo(by.b(), b.shape) };
    },
  };
}
