import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import {
  add,
  batchToSpaceND,
  reshape,
  reverse,
  scatterND,
  slice_util,
  spaceToBatchND,
  stack,
  sum,
  tensor2d,
  transpose,
  unstack,
  util,
} from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * Elements gathered several times are summed. With B the batch axes, O those between them and the gathered axis of length A, and I those after it, dy is
 * [B, O, K, I] for K indices.
 */
const gather: Gradient<{ readonly axis: number; readonly batchDims: number }> = {
  kernelName: 'GatherV2',
  inputsToSave: ['x', 'indices'],
  gradient: (dy, saved, { axis, batchDims }) => {
    const [x, indices] = [at(saved, 0), at(saved, 1)];
    const [place = 0] = util.parseAxisParam(axis, x.shape);
    const batch = sizeOf(x.shape.slice(0, batchDims));
    const outer = sizeOf(x.shape.slice(batchDims, place));
    const length = x.shape[place] ?? 1;
    const inner = sizeOf(x.shape.slice(place + 1));
    const count = indices.size / Math.max(batch, 1);
    return {
      x: () => {
        const rows = reshape(transpose(reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3]), [
          batch * count,
          outer * inner,
        ]);
        const offsets = tensor2d(
          Int32Array.from({ length: batch }, (_, b) => b * length),
          [batch, 1],
          'int32',
        );
        const rowOf = reshape(add(reshape(indices, [batch, count]), offsets), [batch * count, 1]);
        const summed = scatterND(rowOf, rows, [batch * length, outer * inner]);
        return reshape(transpose(reshape(summed, [batch, length, outer, inner]), [0, 2, 1, 3]), x.shape);
      },
    };
  },
};

interface Strided {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** Every value goes back to where it was taken from; strides may be negative. */
const stridedSlice: Gradient<Strided> = {
  kernelName: 'StridedSlice',
  inputsToSave: ['x'],
  gradient: (dy, saved, attributes) => {
    const x = at(saved, 0);
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
    const cut = slice_util.sliceInfo(
      [...x.shape],
      [...begin],
      [...end],
      [...strides],
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    return {
      x: () => {
        let places = [0];
        for (const [axis, length] of x.shape.entries()) {
          const [first = 0, stride = 1] = [cut.begin[axis], cut.strides[axis]];
          const taken = countOf(first, cut.end[axis] ?? length, stride);
          places = places.flatMap((place) =>
            Array.from({ length: taken }, (_, i) => place * length + first + i * stride),
          );
        }
        const indices = tensor2d(Int32Array.from(places), [places.length, 1], 'int32');
        return reshape(scatterND(indices, reshape(dy, [places.length]), [x.size]), x.shape);
      },
    };
  },
};

const countOf = (first: number, end: number, stride: number): number => Math.max(0, Math.ceil((end - first) / stride));

const tile: Gradient<{ readonly reps: readonly number[] }> = {
  kernelName: 'Tile',
  inputsToSave: ['x'],
  gradient: (dy, saved, { reps }) => {
    const x = at(saved, 0);
    return {
      x: () => {
        // Axis by axis from the front: the axes before have been summed already, those after are still repeated.
        let summed: Tensor = dy;
        let before = 1;
        for (const [axis, length] of x.shape.entries()) {
          const times = reps[axis] ?? 1;
          summed = sum(reshape(summed, [before, times, length, summed.size / (before * times * length)]), 1);
          before *= length;
        }
        return reshape(summed, x.shape);
      },
    };
  },
};

/** Gradients of operations that take values from several places, or put them there. */
export const gatheringGradients: readonly Gradient<never>[] = [
  gather,
  stridedSlice,
  tile,
  {
    kernelName: 'Reverse',
    gradient: (dy, _saved, { dims }: { readonly dims: number | readonly number[] }) => ({
      x: () => reverse(dy, typeof dims === 'number' ? dims : [...dims]),
    }),
  },
  {
    kernelName: 'ExpandDims',
    inputsToSave: ['input'],
    gradient: (dy, saved) => ({ input: () => reshape(dy, at(saved, 0).shape) }),
  },
  {
    kernelName: 'Pack',
    saveAllInputs: true,
    gradient: (dy, saved, { axis }: { readonly axis: number }) => {
      const parts = unstack(dy, axis);
      return Object.fromEntries(saved.map((_, i) => [String(i), () => at(parts, i)]));
    },
  },
  {
    kernelName: 'SpaceToBatchND',
    gradient: (
      dy,
      _saved,
      { blockShape, paddings }: { readonly blockShape: number[]; readonly paddings: number[][] },
    ) => ({
      x: () => batchToSpaceND(dy, blockShape, paddings),
    }),
  },
  {
    kernelName: 'BatchToSpaceND',
    gradient: (dy, _saved, { blockShape, crops }: { readonly blockShape: number[]; readonly crops: number[][] }) => ({
      x: () => spaceToBatchND(dy, blockShape, crops),
    }),
  },
];

/** The gradient of an unpacking, which has several outputs: they are packed again. */
export const unpackGradient: GradConfig = {
  kernelName: 'Unpack',
  gradFunc: (dy, _saved, { axis }) => ({
    value: () => stack(Array.isArray(dy) ? dy : [dy], typeof axis === 'number' ? axis : 0),
  }),
};
