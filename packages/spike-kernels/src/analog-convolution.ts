import { assertReadable, assertWritable, checkedFields } from './checked-fields.js';
import { paddedChannels } from './layout.js';
import { type SlidingKernel, slidingKernelFields } from './sliding-kernel.js';
import type { Extent } from './source-window.js';
import type { WeightAt } from './spike-convolution.js';

/** `struct analog_convolution` of c/f32-convolution.c, field by field. */
export const analogConvolutionFields = [
  'input',
  'inputStep',
  'rows',
  'columns',
  'pitch',
  'firstChannel',
  'channels',
  'kernelHeight',
  'kernelWidth',
  'strideY',
  'strideX',
  'dilationY',
  'dilationX',
  'top',
  'left',
  'output',
  'outputStep',
  'outputRows',
  'outputColumns',
  'outputPitch',
  'firstOutput',
  'outputs',
  'steps',
  'weights',
  'padded',
  'paddedRows',
  'paddedColumns',
] as const;
export type AnalogConvolutionField = (typeof analogConvolutionFields)[number];

/** Shape of a convolution of float32 numbers. */
export interface AnalogConvolutionShape extends SlidingKernel {
  /** `[rows, columns, pitch]` */
  readonly input: { readonly rows: number; readonly columns: number; readonly pitch: number };
  readonly outputPitch: number;
}

/** Rows and columns of the image with its border, as far as the kernel reads. */
function paddedExtent({ output, kernel, stride, dilation }: AnalogConvolutionShape): Extent {
  return [
    (output[0] - 1) * stride[0] + (kernel[0] - 1) * dilation[0] + 1,
    (output[1] - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1,
  ];
}

/** Bytes of scratch memory: one image with its border. */
export function analogConvolutionScratch(shape: AnalogConvolutionShape): number {
  const [rows, columns] = paddedExtent(shape);
  return 4 * rows * columns * shape.channels.count;
}

/** Packs weights and biases in panels of 8 outputs: the biases, then a row per (kernel row, kernel column, channel). */
export function packAnalogWeights(
  shape: AnalogConvolutionShape,
  weightAt: WeightAt,
  biasAt: (output: number) => number,
): Float32Array {
  const [height, width] = shape.kernel;
  const { count } = shape.channels;
  const panel = 8 * (1 + height * width * count);
  const packed = new Float32Array((paddedChannels(shape.outputs.count) / 8) * panel);
  for (let output = 0; output < shape.outputs.count; output++) {
    const at = Math.floor(output / 8) * panel + (output % 8);
    packed[at] = biasAt(output);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        for (let channel = 0; channel < count; channel++) {
          packed[at + 8 * (1 + (i * width + j) * count + channel)] = weightAt(i, j, channel, output);
        }
      }
    }
  }
  return packed;
}

/**
 * The fields of the structure that depend only on the shape.
 *
 * @throws {RangeError} if the kernel would read or write outside the given shape.
 */
export function analogConvolutionShapeFields(shape: AnalogConvolutionShape) {
  const { input, channels, outputs, outputPitch } = shape;
  const [paddedRows, paddedColumns] = paddedExtent(shape);
  const kernels = 'convolution';
  assertReadable(kernels, channels, input.pitch);
  assertWritable(kernels, outputs, outputPitch);
  return checkedFields(kernels, {
    rows: input.rows,
    columns: input.columns,
    pitch: input.pitch,
    channels: channels.count,
    outputPitch,
    ...slidingKernelFields(shape),
    paddedRows,
    paddedColumns,
  } as const);
}
