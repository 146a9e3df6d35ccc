import { NetworkError } from './network.js';

/** Index of the first value that is NaN or infinite; −1 if all are finite. */
export function firstNotFinite(values: ArrayLike<number>): number {
  // 0·x is 0 for finite x and NaN otherwise, so that one sum checks all values.
  const nothing = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += nothing * (values[i] ?? 0);
  if (sum === 0) return -1;
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/**
 * Refuses inputs that are NaN or infinite.
 *
 * @param input the input node
 * @param values row-major `[N, …shape]`, or `[T, N, …shape]`
 * @param images N
 * @param frames T
 * @throws {NetworkError} naming the input and the image.
 */
export function assertFiniteInputs(input: string, values: ArrayLike<number>, images: number, frames = 1): void {
  const at = firstNotFinite(values);
  if (at < 0) return;
  const image = Math.floor((at * images * frames) / values.length) % images;
  throw new NetworkError([
    {
      subject: input,
      message: `image ${image} of this input holds ${values[at]}; every value must be finite: check the images and how they are normalized`,
    },
  ]);
}

/**
 * Refuses a node's output if it is NaN or infinite; downstream nodes could turn it into an ordinary value.
 *
 * @param what what the values are, in the plural
 * @throws {NetworkError} naming the node.
 */
export function assertFiniteValues(node: string, what: string, values: ArrayLike<number>): void {
  const at = firstNotFinite(values);
  if (at < 0) return;
  throw new NetworkError([
    {
      subject: node,
      message: `its ${what} hold ${values[at]}, so nothing downstream of it can be trusted; look for weights that are too large, or inputs that are not normalized`,
    },
  ]);
}
