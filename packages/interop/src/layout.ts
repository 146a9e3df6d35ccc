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

/** Elements of a block's side in {@link transpose}: a block of both arrays then stays in the cache. */
const blockSide = 64;

/**
 * Moves axes: axis `k` of the result is axis `axes[k]` of an array of shape `shape`, as NumPy's transpose does.
 */
export function transpose(shape: Shape, axes: readonly number[]): Rearrangement {
  const ends = (sides: Shape) => sides.map((_, axis) => sizeOf(sides.slice(axis + 1)));
  const strides = ends(shape);
  const lengths = axes.map((axis) => shape[axis] ?? 1);
  const moves = lengths.map((length, at) => ({
    length,
    from: strides[axes[at] ?? 0] ?? 0,
    to: ends(lengths)[at] ?? 0,
  }));
  const many = moves.filter(({ length }) => length > 1);
  const none = { length: 1, from: 0, to: 0 };
  // Neighbours of the result are along `inner`, neighbours of the array along `outer`; blocks of both are moved, so that neither is read a line for each element.
  const inner = many.at(-1) ?? none;
  const closest = many.reduce((best, move) => (move.from < best.from ? move : best), inner);
  const outer = closest === inner ? none : closest;
  const rest = many.filter((move) => move !== inner && move !== outer);
  return (from, to) => {
    const position = rest.map(() => 0);
    let [source, target] = [0, 0];
    for (let left = sizeOf(rest.map(({ length }) => length)); left > 0; left -= 1) {
      for (let rows = 0; rows < outer.length; rows += blockSide) {
        for (let columns = 0; columns < inner.length; columns += blockSide) {
          const [lastRow, lastColumn] = [
            Math.min(rows + blockSide, outer.length),
            Math.min(columns + blockSide, inner.length),
          ];
          for (let row = rows; row < lastRow; row += 1) {
            const [fromRow, toRow] = [source + row * outer.from, target + row * outer.to];
            for (let column = columns; column < lastColumn; column += 1) {
              to[toRow + column * inner.to] = from[fromRow + column * inner.from] ?? 0;
            }
          }
        }
      }
      // Counts the other axes up, like an odometer.
      for (let axis = rest.length - 1; axis >= 0; axis -= 1) {
        const move = rest[axis] ?? none;
        const next = (position[axis] ?? 0) + 1;
        source += move.from;
        target += move.to;
        if (next < move.length) {
          position[axis] = next;
          break;
        }
        source -= next * move.from;
        target -= next * move.to;
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
