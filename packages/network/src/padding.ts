import type { Padding, Pair } from './node.js';

/** The same padding on all four sides. */
export function evenPadding(amount: number): Padding {
  return { top: amount, bottom: amount, left: amount, right: amount };
}

export const noPadding: Padding = evenPadding(0);

/**
 * TensorFlow's "same": ⌈rows / stride⌉ output rows, an odd row or column of padding at the bottom and right.
 *
 * @param image height and width of the input
 * @param window height and width of the kernel
 */
export function samePadding(image: Pair, window: Pair, stride: Pair, dilation: Pair = [1, 1]): Padding {
  const total = (axis: 0 | 1): number => {
    const output = Math.ceil(image[axis] / stride[axis]);
    const reach = (window[axis] - 1) * dilation[axis] + 1;
    return Math.max((output - 1) * stride[axis] + reach - image[axis], 0);
  };
  const [rows, columns] = [total(0), total(1)];
  return {
    top: Math.floor(rows / 2),
    bottom: rows - Math.floor(rows / 2),
    left: Math.floor(columns / 2),
    right: columns - Math.floor(columns / 2),
  };
}
