/**
 * Size limits of a network. Beyond them, one of the engines would compute wrong results or fail: both count bytes in 32 bits and have at most 4 GiB
 * of WebAssembly memory, and tfjs has no kernels for more axes. `validateNetwork` refuses networks that exceed one, and so do building, reading and
 * importing.
 */
export const networkLimits = {
  /** Axes of a value or a parameter: tfjs computes with up to 6, one of which is the batch. */
  axes: 5,
  /** Elements of a parameter, or of a value, its padding included. As float32 that is 1 GiB, so that an input and an output fit into memory. */
  elements: 2 ** 28,
  /** A window, stride, dilation, upsampling factor or padding, in rows or columns: far larger than any image, and products of two stay exact. */
  extent: 2 ** 20,
  /** The levels of a `quantize` on either side of 0: float32 holds every integer up to here. */
  levels: 2 ** 24,
} as const;
