import type { ConvolutionShape } from './convolution-shape.js';

/**
 * Calls `visit` for every product a convolution sums: the place of an input value, of a weight and of an output value in
 * their arrays. Slow and plain, on purpose: it defines what the kernels have to compute.
 */
function visitProducts(s: ConvolutionShape, visit: (x: number, w: number, y: number) => void): void {
  const channels = s.channels / s.groups;
  const filters = s.filters / s.groups;
  for (let n = 0; n < s.count; n++) {
    for (let row = 0; row < s.outputHeight; row++) {
      for (let column = 0; column < s.outputWidth; column++) {
        for (let ky = 0; ky < s.kernelHeight; ky++) {
          for (let kx = 0; kx < s.kernelWidth; kx++) {
            const y = row * s.strideY - s.top + ky * s.dilationY;
            const x = column * s.strideX - s.left + kx * s.dilationX;
            if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
            const pixel = ((n * s.height + y) * s.width + x) * s.channels;
            const tap = (ky * s.kernelWidth + kx) * channels;
            const output = ((n * s.outputHeight + row) * s.outputWidth + column) * s.filters;
            for (let g = 0; g < s.groups; g++) {
              for (let c = 0; c < channels; c++) {
                for (let f = g * filters; f < (g + 1) * filters; f++) {
                  visit(pixel + g * channels + c, (tap + c) * s.filters + f, output + f);
                }
              }
            }
          }
        }
      }
    }
  }
}

/** The three arrays of a convolution, in float64: x `[N, H, W, C]`, w `[kH, kW, C/groups, F]`, y `[N, H′, W′, F]`. */
export interface ConvolutionArrays {
  readonly x: Float64Array;
  readonly w: Float64Array;
  readonly y: Float64Array;
}

/** The result, given x and w. */
export function scalarForward(s: ConvolutionShape, { x, w }: Omit<ConvolutionArrays, 'y'>): Float64Array {
  const result = new Float64Array(s.count * s.outputHeight * s.outputWidth * s.filters);
  visitProducts(s, (i, j, k) => {
    result[k] = (result[k] ?? 0) + (x[i] ?? Number.NaN) * (w[j] ?? Number.NaN);
  });
  return result;
}

/** The gradient of the input, given w and y's gradient. */
export function scalarInputGradient(s: ConvolutionShape, { w, y }: Omit<ConvolutionArrays, 'x'>): Float64Array {
  const result = new Float64Array(s.count * s.height * s.width * s.channels);
  visitProducts(s, (i, j, k) => {
    result[i] = (result[i] ?? 0) + (y[k] ?? Number.NaN) * (w[j] ?? Number.NaN);
  });
  return result;
}

/** The gradient of the filter, given x and y's gradient. */
export function scalarFilterGradient(s: ConvolutionShape, { x, y }: Omit<ConvolutionArrays, 'w'>): Float64Array {
  const result = new Float64Array((s.kernelHeight * s.kernelWidth * s.channels * s.filters) / s.groups);
  visitProducts(s, (i, j, k) => {
    result[j] = (result[j] ?? 0) + (x[i] ?? Number.NaN) * (y[k] ?? Number.NaN);
  });
  return result;
}
