import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { backend_util, cast, concat, pad, reshape, slice, transpose } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

/** Gradients of operations that only move values. */
export const layoutGradients: readonly Gradient<never>[] = [
  { kernelName: 'Cast', gradient: (dy) => ({ x: () => cast(dy, 'float32') }) },
  {
    kernelName: 'Reshape',
    inputsToSave: ['x'],
    gradient: (dy, saved) => ({ x: () => reshape(dy, at(saved, 0).shape) }),
  },
  {
    kernelName: 'Transpose',
    gradient: (dy, _saved, { perm }: { readonly perm: readonly number[] }) => ({
      x: () => transpose(dy, backend_util.getUndoAxesPermutation([...perm])),
    }),
  },
  {
    kernelName: 'PadV2',
    inputsToSave: ['x'],
    gradient: (dy, saved, { paddings }: { readonly paddings: readonly (readonly [number, number])[] }) => ({
      x: () =>
        slice(
          dy,
          paddings.map(([before]) => before),
          at(saved, 0).shape,
        ),
    }),
  },
  {
    kernelName: 'Slice',
    inputsToSave: ['x'],
    gradient: (dy, saved, { begin, size }: { readonly begin: readonly number[]; readonly size: readonly number[] }) => {
      const x = at(saved, 0);
      const paddings = x.shape.map((length, axis): [number, number] => {
        const first = begin[axis] ?? 0;
        const count = dy.shape[axis] ?? size[axis] ?? length;
        return [first, length - first - count];
      });
      return { x: () => pad(dy, paddings) };
    },
  },
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradient: (dy, saved, { axis }: { readonly axis: number }) => {
      const place = axis < 0 ? axis + dy.shape.length : axis;
      const sizes = saved.map((tensor) => tensor.shape[place] ?? 1);
      const part = (i: number): Tensor => {
        const first = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
        return slice(
          dy,
          dy.shape.map((_, a) => (a === place ? first : 0)),
          at(saved, i).shape,
        );
      };
      return Object.fromEntries(saved.map((_, i) => [String(i), () => part(i)]));
    },
  },
];

/** The gradient of a split, which has several outputs: the pieces' gradients side by side. */
export const splitGradient: GradConfig = {
  kernelName: 'SplitV',
  gradFunc: (dy, _saved, { axis }) => ({
    x: () => {
      const pieces = Array.isArray(dy) ? dy : [dy];
      return concat(pieces, typeof axis === 'number' ? axis : 0);
    },
  }),
};
