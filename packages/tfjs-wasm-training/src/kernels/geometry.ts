import type { Tensor4D } from '@tensorflow/tfjs-core';
import { backend_util, concat, pad, reshape, slice, tidy, zeros } from '@tensorflow/tfjs-core';

/** The attributes tfjs gives its convolution kernels and gradients. */
export interface ConvolutionAttributes {
  readonly strides: number | readonly [number, number];
  readonly pad: 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
  readonly dilations?: number | readonly [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** A convolution's sizes, steps and padding, resolved from tfjs' attributes. */
export interface Geometry {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly top: number;
  readonly left: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

function pair(value: number | readonly [number, number]): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

/**
 * Resolves a convolution's geometry.
 *
 * @param input `[N, H, W, C]`
 * @param kernel `[kH, kW, Cin, Cout]`, or `[kH, kW, C, M]` where `depthwise`
 */
export function geometryOf(
  input: readonly [number, number, number, number],
  kernel: readonly [number, number, number, number],
  { strides, pad: padding, dilations = 1, dimRoundingMode }: ConvolutionAttributes,
  kind: 'full' | 'depthwise',
): Geometry {
  const stride = pair(strides);
  const dilation = pair(dilations);
  const { padInfo } = backend_util.computeConv2DInfo(
    [...input],
    [...kernel],
    stride,
    dilation,
    padding,
    dimRoundingMode,
    kind === 'depthwise',
  );
  return {
    stride,
    dilation,
    top: padInfo.top,
    left: padInfo.left,
    inputHeight: input[1],
    inputWidth: input[2],
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
  };
}

/** Adds zeros around images, or, where an amount is negative, cuts rows and columns off. */
export function padOrCrop(
  x: Tensor4D,
  rows: readonly [before: number, after: number],
  columns: readonly [before: number, after: number],
): Tensor4D {
  return tidy(() => {
    const [count, height, width, channels] = x.shape;
    const cut = (amount: number): number => Math.max(-amount, 0);
    const cropped = [...rows, ...columns].some((amount) => amount < 0)
      ? slice(
          x,
          [0, cut(rows[0]), cut(columns[0]), 0],
          [count, height - cut(rows[0]) - cut(rows[1]), width - cut(columns[0]) - cut(columns[1]), channels],
        )
      : x;
    const add = (amount: number): number => Math.max(amount, 0);
    return pad(cropped, [
      [0, 0],
      [add(rows[0]), add(rows[1])],
      [add(columns[0]), add(columns[1])],
      [0, 0],
    ]);
  });
}

/**
 * Puts `stride − 1` zeros after every row and column: `[N, H, W, C]` → `[N, H·sh, W·sw, C]`. The gradient of taking
 * every stride-th row and column.
 */
export function spreadWithZeros(x: Tensor4D, [rows, columns]: readonly [number, number]): Tensor4D {
  return tidy(() => {
    const [count, height, width, channels] = x.shape;
    const wide =
      columns === 1
        ? x
        : reshape(concat([x, zeros([count, height, width, (columns - 1) * channels])], 3), [
            count,
            height,
            width * columns,
            channels,
          ]);
    if (rows === 1) return wide as Tensor4D;
    const line = width * columns * channels;
    const lines = reshape(wide, [count, height, line]);
    const tall = concat([lines, zeros([count, height, (rows - 1) * line])], 2);
    return reshape(tall, [count, height * rows, width * columns, channels]) as Tensor4D;
  });
}

/** Rows of zeros before and after the spread output gradient so that convolving it gives `size` rows back. */
export function transposedPadding(
  size: number,
  kernel: number,
  dilation: number,
  before: number,
  spread: number,
): readonly [number, number] {
  const first = (kernel - 1) * dilation - before;
  return [first, size + (kernel - 1) * dilation - spread - first];
}
