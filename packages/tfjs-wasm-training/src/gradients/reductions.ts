import type { Tensor } from '@tensorflow/tfjs-core';
import { div, mul, ones, reshape, util } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

interface Axes {
  readonly axis: number | readonly number[] | null;
}

function spread(dy: Tensor, x: Tensor, { axis }: Axes): Tensor {
  const axes = util.parseAxisParam(
    axis === null ? x.shape.map((_, i) => i) : typeof axis === 'number' ? axis : [...axis],
    x.shape,
  );
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return mul(reshape(dy, kept), ones(x.shape));
}

/** Gradients of sums and means. */
export const reductionGradients: readonly Gradient<Axes>[] = [
  {
    kernelName: 'Sum',
    inputsToSave: ['x'],
    gradient: (dy, saved, attributes) => ({ x: () => spread(dy, at(saved, 0), attributes) }),
  },
  {
    kernelName: 'Mean',
    inputsToSave: ['x'],
    gradient: (dy, saved, attributes) => {
      const x = at(saved, 0);
      return { x: () => spread(div(dy, x.size / dy.size), x, attributes) };
    },
  },
];
