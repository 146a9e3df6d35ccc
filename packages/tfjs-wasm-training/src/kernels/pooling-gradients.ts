import type { Tensor4D } from '@tensorflow/tfjs-core';
import { add, backend_util, fill, mul, ones, pad, slice, step, sub, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { subsample } from '../subsample.js';
import { depthwiseInputGradient } from './depthwise-gradients.js';
import type { ConvolutionAttributes } from './geometry.js';
import { padOrCrop, spreadWithZeros } from './geometry.js';

/** The attributes tfjs gives its pooling kernels and gradients. */
export interface PoolAttributes extends ConvolutionAttributes {
  readonly filterSize: number | readonly [number, number];
}

/** Where a pooling's windows are: their size and stride, the first one's place, and how many there are. */
export function poolWindows(shape: readonly [number, number, number, number], attributes: PoolAttributes) {
  const { filterSize, strides, pad: padding, dimRoundingMode } = attributes;
  const size: [number, number] = typeof filterSize === 'number' ? [filterSize, filterSize] : [...filterSize];
  const stride: [number, number] = typeof strides === 'number' ? [strides, strides] : [...strides];
  const { padInfo, outHeight, outWidth } = backend_util.computePool2DInfo(
    [...shape],
    size,
    stride,
    1,
    padding,
    dimRoundingMode,
  );
  return { size, stride, top: padInfo.top, left: padInfo.left, rows: outHeight, columns: outWidth };
}

/** How many of a window's `size` places lie inside `[0, length)`, for every window along one axis. */
function insideCounts(length: number, size: number, stride: number, before: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => {
    const first = i * stride - before;
    return Math.min(first + size, length) - Math.max(first, 0);
  });
}

/**
 * ∂L/∂x of an average pooling whose windows are divided by what lies inside the image, as this backend's are.
 *
 * @param dy `[N, H', W', C]`
 * @param inputShape `[N, H, W, C]`
 */
export function avgPoolGradient(
  dy: Tensor4D,
  inputShape: readonly [number, number, number, number],
  attributes: PoolAttributes,
): Tensor4D {
  return tidy(() => {
    const { size, stride, top, left, rows, columns } = poolWindows(inputShape, attributes);
    const inRows = insideCounts(inputShape[1], size[0], stride[0], top, rows);
    const inColumns = insideCounts(inputShape[2], size[1], stride[1], left, columns);
    const shares = inRows.flatMap((r) => inColumns.map((c) => 1 / (r * c)));
    const weighted = mul(dy, tensor4d(shares, [1, rows, columns, 1])) as Tensor4D;
    return depthwiseInputGradient(weighted, ones([...size, inputShape[3], 1]), inputShape, attributes);
  });
}

/**
 * ∂L/∂x of a max pooling: each window's gradient goes to its maximum, to the first in row order where several are
 * equal.
 *
 * @param dy `[N, H', W', C]`
 * @param x `[N, H, W, C]`
 * @param y the pooling's result, `[N, H', W', C]`
 */
export function maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, attributes: PoolAttributes): Tensor4D {
  return tidy(() => {
    const { size, stride, top, left, rows, columns } = poolWindows(x.shape, attributes);
    const [, height, width] = x.shape;
    const tall = (rows - 1) * stride[0] + size[0];
    const wide = (columns - 1) * stride[1] + size[1];
    const behind = [tall - height - top, wide - width - left] as const;
    const border = (amount: number): number => Math.max(amount, 0);
    const padded = pad(
      x,
      [
        [0, 0],
        [top, border(behind[0])],
        [left, border(behind[1])],
        [0, 0],
      ],
      -3e38,
    );
    let unclaimed = fill(y.shape, 1) as Tensor4D;
    let total: Tensor4D | undefined;
    for (let row = 0; row < size[0]; row++) {
      for (let column = 0; column < size[1]; column++) {
        const reach = [(rows - 1) * stride[0] + 1, (columns - 1) * stride[1] + 1] as const;
        const seen = subsample(slice(padded, [0, row, column, 0], [-1, ...reach, -1]), stride);
        // y ≥ seen always, so 1 − step(y − seen) is 1 exactly where they are equal.
        const claimed = mul(unclaimed, sub(1, step(sub(y, seen)))) as Tensor4D;
        unclaimed = sub(unclaimed, claimed);
        const spread = spreadWithZeros(mul(dy, claimed), stride);
        const placed = padOrCrop(
          spread,
          [row - top, height - spread.shape[1] - (row - top)],
          [column - left, width - spread.shape[2] - (column - left)],
        );
        total = total === undefined ? placed : add(total, placed);
      }
    }
    if (total === undefined) throw new Error('A pooling window must have at least one place.');
    return total;
  });
}
