import type { Shape } from '@rheobase/network';
import { sameShape, sizeOf } from '@rheobase/network';

/** Copies every element of `from` to its place in `to`, an array of the same length. */
export type Rearrangement = (from: ArrayLike<number>, to: { [index: number]: number }) => void;

/** How a parameter lies in a foreign tensor, and the way there and back. */
export interface Layout {
  /** `OIHW → HWIO`; `as it is` where nothing moves. */
  readonly description: string;
  readonly tensorShape: Shape;
  readonly toParameter: Rearrangement;
  readonly toTensor: Rearrangement;
}

const copy: Rearrangement = (from, to) => {
  for (let at = 0; at < from.length; at += 1) to[at] = from[at] ?? 0;
};

/** The same elements in the same order; a tensor may yet count its axes differently. */
export function unmoved(tensorShape: Shape, parameterShape: Shape): Layout {
  const description = sameShape(tensorShape, parameterShape) ? 'as it is' : 'reshaped';
  return { description, tensorShape, toParameter: copy, toTensor: copy };
}

/**
 * Moves axes: axis `k` of the result is axis `axes[k]` of an array of shape `shape`, as NumPy's transpose does.
 */
export function transpose(shape: Shape, axes: readonly number[]): Rearrangement {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = axes.map((axis) => shape[axis] ?? 1);
  const steps = axes.map((axis) => strides[axis] ?? 0);
  const last = axes.length - 1;
  const innerLength = lengths[last] ?? 1;
  const innerStep = steps[last] ?? 0;
  return (from, to) => {
    const position = lengths.map(() => 0);
    let source = 0;
    for (let at = 0; at < from.length; ) {
      for (let inner = 0; inner < innerLength; inner += 1, at += 1) to[at] = from[source + inner * innerStep] ?? 0;
      // Counts the outer axes up, like an odometer.
      for (let axis = last - 1; axis >= 0; axis -= 1) {
        const next = (position[axis] ?? 0) + 1;
        source += steps[axis] ?? 0;
        if (next < (lengths[axis] ?? 1)) {
          position[axis] = next;
          break;
        }
        source -= next * (steps[axis] ?? 0);
        position[axis] = 0;
      }
    }
  };
}

/**
 * A tensor whose axes are in another order: axis `k` of the parameter is axis `axes[k]` of the tensor.
 *
 * @param letters names of the tensor's axes, such as `OIHW`
 */
export function transposed(parameterShape: Shape, axes: readonly number[], letters: string): Layout {
  const back = axes.map((_, axis) => axes.indexOf(axis));
  const tensorShape = back.map((axis) => parameterShape[axis] ?? 1);
  return {
    description: `${letters} → ${axes.map((axis) => letters[axis]).join('')}`,
    tensorShape,
    toParameter: transpose(tensorShape, axes),
    toTensor: transpose(parameterShape, back),
  };
}

/**
 * A vector whose elements are in another order: element `i` of the parameter is element `order[i]` of the tensor.
 */
export function reordered(order: Int32Array, description: string): Layout {
  return {
    description,
    tensorShape: [order.length],
    toParameter: (from, to) => order.forEach((source, at) => (to[at] = from[source] ?? 0)),
    toTensor: (from, to) => order.forEach((target, at) => (to[target] = from[at] ?? 0)),
  };
}

/**
 * A dense layer's `[out, in]` whose inputs are in another order: row `i` of the parameter `[in, out]` is column `order[i]`
 * of the tensor.
 */
export function transposedAndReordered(order: Int32Array, outputs: number, description: string): Layout {
  const inputs = order.length;
  return {
    description,
    tensorShape: [outputs, inputs],
    toParameter: (from, to) =>
      order.forEach((column, row) => {
        for (let output = 0; output < outputs; output += 1) {
          to[row * outputs + output] = from[output * inputs + column] ?? 0;
        }
      }),
    toTensor: (from, to) =>
      order.forEach((column, row) => {
        for (let output = 0; output < outputs; output += 1) {
          to[output * inputs + column] = from[row * outputs + output] ?? 0;
        }
      }),
  };
}
