import { checkRasterImage, type RasterImage } from './raster-image.js';

/** How a resized pixel weighs the pixels beneath it. */
export type ResizeFilter = 'bilinear' | 'bicubic';

/** An interpolation kernel: its weight at a distance of x pixels, zero beyond `support`. */
interface Kernel {
  readonly support: number;
  weight(x: number): number;
}

const kernels: Readonly<Record<ResizeFilter, Kernel>> = {
  bilinear: {
    support: 1,
    weight(x) {
      const distance = Math.abs(x);
      return distance < 1 ? 1 - distance : 0;
    },
  },
  // Keys' cubic convolution with a = −½.
  bicubic: {
    support: 2,
    weight(x) {
      const a = -0.5;
      const distance = Math.abs(x);
      if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
      if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
      return 0;
    },
  },
};

/** Bits after the binary point of a weight: 8 go to the pixel and 2 to the sum's overshoot, of 32. */
const precisionBits = 32 - 8 - 2;
const half = 1 << (precisionBits - 1);

/** For each output position where its input pixels start, how many they are, and their fixed-point weights. */
interface Taps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `[output, stride]`. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * The taps of one axis. When an image shrinks the kernel widens with it, which is what keeps fine detail from aliasing.
 */
function tapsOf(kernel: Kernel, inputSize: number, outputSize: number): Taps {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(outputSize);
  const counts = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * stride);
  // Pillow multiplies by the reciprocal; dividing instead would round differently.
  const inverse = 1 / filterScale;
  for (let output = 0; output < outputSize; output += 1) {
    const centre = (output + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), inputSize) - start;
    const real = Array.from({ length: count }, (_, tap) => kernel.weight((tap + start - centre + 0.5) * inverse));
    const sum = real.reduce((total, weight) => total + weight, 0);
    real.forEach((weight, tap) => {
      const fixed = (sum === 0 ? weight : weight / sum) * 2 ** precisionBits;
      weights[output * stride + tap] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    starts[output] = start;
    counts[output] = count;
  }
  return { starts, counts, weights, stride };
}

/** Rounds a fixed-point sum to a byte. */
function toByte(sum: number): number {
  const value = sum >> precisionBits;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function resizeHorizontally(image: RasterImage, width: number, kernel: Kernel): RasterImage {
  const { data, height, channels } = image;
  const { starts, counts, weights, stride } = tapsOf(kernel, image.width, width);
  const resized = new Uint8Array(height * width * channels);
  for (let row = 0, to = 0; row < height; row += 1) {
    const rowStart = row * image.width * channels;
    for (let column = 0; column < width; column += 1) {
      const first = rowStart + (starts[column] ?? 0) * channels;
      const tapEnd = column * stride + (counts[column] ?? 0);
      for (let channel = 0; channel < channels; channel += 1, to += 1) {
        let sum = half;
        for (let tap = column * stride, from = first + channel; tap < tapEnd; tap += 1, from += channels) {
          sum += (data[from] ?? 0) * (weights[tap] ?? 0);
        }
        resized[to] = toByte(sum);
      }
    }
  }
  return { data: resized, height, width, channels };
}

function resizeVertically(image: RasterImage, height: number, kernel: Kernel): RasterImage {
  const { data, width, channels } = image;
  const { starts, counts, weights, stride } = tapsOf(kernel, image.height, height);
  const rowLength = width * channels;
  const resized = new Uint8Array(height * rowLength);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < height; row += 1) {
    sums.fill(half);
    // Row by row rather than pixel by pixel: memory is then read in the order it lies in.
    for (let tap = 0; tap < (counts[row] ?? 0); tap += 1) {
      const weight = weights[row * stride + tap] ?? 0;
      const from = ((starts[row] ?? 0) + tap) * rowLength;
      for (let k = 0; k < rowLength; k += 1) sums[k] = (sums[k] ?? 0) + (data[from + k] ?? 0) * weight;
    }
    for (let k = 0; k < rowLength; k += 1) resized[row * rowLength + k] = toByte(sums[k] ?? 0);
  }
  return { data: resized, height, width, channels };
}

/**
 * Resizes an image exactly as Pillow does (`Image.resize`, `ImagingResample` for 8-bit channels), bit for bit: antialiased when it
 * shrinks; first along rows, then along columns; weights in fixed point with 22 fractional bits; each pass rounded to bytes. Networks
 * trained with torchvision on PIL images saw such pixels.
 *
 * @returns the image itself if it has the size already
 * @throws if the image is ill-shaped or a side is not a positive integer.
 */
export function resize(
  image: RasterImage,
  to: { readonly height: number; readonly width: number; readonly filter: ResizeFilter },
): RasterImage {
  checkRasterImage(image);
  for (const side of [to.height, to.width]) {
    if (!Number.isInteger(side) || side < 1) throw new RangeError(`cannot resize to ${to.height}×${to.width}`);
  }
  const kernel = kernels[to.filter];
  const wide = to.width === image.width ? image : resizeHorizontally(image, to.width, kernel);
  return to.height === image.height ? wide : resizeVertically(wide, to.height, kernel);
}

/**
 * Resizes so that the shorter side becomes `size` and the longer keeps the proportion, its fraction cut off: torchvision's
 * `Resize(size)`.
 *
 * @throws as {@link resize} does.
 */
export function resizeShorterSide(image: RasterImage, size: number, filter: ResizeFilter): RasterImage {
  const { height, width } = image;
  return width <= height
    ? resize(image, { width: size, height: Math.trunc((size * height) / width), filter })
    : resize(image, { height: size, width: Math.trunc((size * width) / height), filter });
}

/** Rounds to the nearest integer, a half to the even one, as Python's `round` does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/**
 * The middle of an image: torchvision's `CenterCrop`, which rounds a half offset to the even side (the one place here that does not
 * round half up, as the pixels would be others).
 *
 * @throws if the image is smaller than the crop.
 */
export function centreCrop(image: RasterImage, to: { readonly height: number; readonly width: number }): RasterImage {
  checkRasterImage(image);
  const { data, channels } = image;
  const { height, width } = to;
  if (!(height >= 1 && width >= 1 && height <= image.height && width <= image.width)) {
    throw new RangeError(
      `cannot crop ${height}×${width} from an image of ${image.height}×${image.width}; resize it first`,
    );
  }
  if (height === image.height && width === image.width) return image;
  const top = roundHalfToEven((image.height - height) / 2);
  const left = roundHalfToEven((image.width - width) / 2);
  const cropped = new Uint8Array(height * width * channels);
  for (let row = 0; row < height; row += 1) {
    const from = ((top + row) * image.width + left) * channels;
    cropped.set(data.subarray(from, from + width * channels), row * width * channels);
  }
  return { data: cropped, height, width, channels };
}
