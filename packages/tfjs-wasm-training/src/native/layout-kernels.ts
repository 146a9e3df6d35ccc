import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { rowsAndChannels } from './sizes.js';

// tfjs' own copies, although no kernel ever writes into its input.
const identity: NativeKernel = {
  kernelName: 'Identity',
  prepare:
    () =>
    ({ inputs, heap, stock }) => {
      const x = requireInput(inputs, 'x', 'Identity');
      return x.dtype === 'string' ? stock() : heap.share(x);
    },
};

const columnSums: NativeKernel = {
  kernelName: 'RheobaseColumnSums',
  prepare: (module) => {
    const compute = module.kernel('f32_column_sums_16');
    return ({ inputs, heap }) => {
      const x = requireInput(inputs, 'x', 'RheobaseColumnSums');
      const { rows, channels } = rowsAndChannels(x);
      const y = heap.output([channels]);
      compute(heap.address(x), heap.address(y), rows, channels);
      return y;
    };
  },
};

function isPairs(value: unknown): value is readonly (readonly [number, number])[] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

const padChannels: NativeKernel = {
  kernelName: 'PadV2',
  prepare: (module) => {
    const compute = module.kernel('f32_pad_channels_4');
    return ({ inputs, attributes, heap, stock }) => {
      const x = requireInput(inputs, 'x', 'PadV2');
      const { paddings, constantValue } = attributes;
      if (!isPairs(paddings) || x.dtype !== 'float32' || constantValue !== 0) return stock();
      const [before, after] = paddings.at(-1) ?? [0, 0];
      const others = paddings.slice(0, -1).some(([first, last]) => first !== 0 || last !== 0);
      const { rows, channels } = rowsAndChannels(x);
      if (others || before + after === 0 || rows === 0) return stock();
      const y = heap.output([...x.shape.slice(0, -1), before + channels + after]);
      compute(heap.address(x), heap.address(y), rows, channels, before, after);
      return y;
    };
  },
};

const sliceChannels: NativeKernel = {
  kernelName: 'Slice',
  prepare: (module) => {
    const compute = module.kernel('f32_slice_channels_4');
    return ({ inputs, attributes, heap, stock }) => {
      const x = requireInput(inputs, 'x', 'Slice');
      const { begin, size } = attributes;
      if (!isNumbers(begin) || !isNumbers(size) || x.dtype !== 'float32' || x.shape.length < 2) return stock();
      const whole = x.shape
        .slice(0, -1)
        .every((length, axis) => (begin[axis] ?? 0) === 0 && (size[axis] === -1 || size[axis] === length));
      const { rows, channels } = rowsAndChannels(x);
      const first = begin.at(-1) ?? 0;
      const asked = size.at(-1) ?? -1;
      const count = asked === -1 ? channels - first : asked;
      const shaped = begin.length === x.shape.length && size.length === x.shape.length;
      if (!whole || !shaped || count === channels || count === 0 || rows === 0) return stock();
      const y = heap.output([...x.shape.slice(0, -1), count]);
      compute(heap.address(x), heap.address(y), rows, channels, first, count);
      return y;
    };
  },
};

/** What moves values: handles without copies, sums of columns, zero channels put on and cut off. */
export const layoutKernels: readonly NativeKernel[] = [identity, columnSums, padChannels, sliceChannels];
