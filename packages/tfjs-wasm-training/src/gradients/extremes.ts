import type { Tensor } from '@tensorflow/tfjs-core';
import {
  cast,
  cumprod,
  cumsum,
  equal,
  mul,
  reshape,
  transpose,
  util,
  backend_util,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

type Axis = number | readonly number[];

/** The axes of a reduction, counted from the front. */
function axesOf(axis: Axis, x: Tensor): readonly number[] {
  return util.parseAxisParam(typeof axis === 'number' ? axis : [...axis], x.shape);
}

/** A reduced value with its axes kept, of length 1. */
function kept(value: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    value,
    x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

/** Every value that is the extreme one gets the whole derivative, as in tfjs. */
function extreme<Attributes>(kernelName: string, axisOf: (attributes: Attributes) => Axis): Gradient<Attributes> {
  return {
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradient: (dy, saved, attributes) => {
      const [x, y] = [at(saved, 0), at(saved, 1)];
      const axes = axesOf(axisOf(attributes), x);
      return { x: () => mul(kept(dy, x, axes), cast(equal(x, kept(y, x, axes)), 'float32')) };
    },
  };
}

/** The product of all others, which is also right where one of them is 0. */
const product: Gradient<{ readonly axis: Axis }> = {
  kernelName: 'Prod',
  inputsToSave: ['x'],
  gradient: (dy, saved, { axis }) => {
    const x = at(saved, 0);
    const axes = axesOf(axis, x);
    const others = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const order = [...others, ...axes];
    const count = axes.reduce((size, i) => size * (x.shape[i] ?? 1), 1);
    return {
      x: () => {
        const rows = reshape(transpose(x, order), [x.size / Math.max(count, 1), count]);
        const rest = mul(cumprod(rows, 1, true, false), cumprod(rows, 1, true, true));
        const back = backend_util.getUndoAxesPermutation(order);
        const derivative = transpose(
          reshape(
            rest,
            order.map((i) => x.shape[i] ?? 1),
          ),
          back,
        );
        return mul(kept(dy, x, axes), derivative);
      },
    };
  },
};

const runningSum: Gradient<{ readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }> = {
  kernelName: 'Cumsum',
  gradient: (dy, _saved, { axis, exclusive, reverse }) => ({ x: () => cumsum(dy, axis, exclusive, !reverse) }),
};

const choice: Gradient = {
  kernelName: 'Select',
  inputsToSave: ['condition'],
  gradient: (dy, saved) => {
    const condition = at(saved, 0);
    return {
      t: () => where(condition, dy, zerosLike(dy)),
      e: () => where(condition, zerosLike(dy), dy),
    };
  },
};

/** Gradients of extremes, products, running sums and choices. */
export const extremeGradients: readonly Gradient<never>[] = [
  extreme('Max', ({ reductionIndices }: { readonly reductionIndices: Axis }) => reductionIndices),
  extreme('Min', ({ axis }: { readonly axis: Axis }) => axis),
  product,
  runningSum,
  choice,
];
