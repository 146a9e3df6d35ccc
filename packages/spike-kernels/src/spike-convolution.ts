import { assertReadable, assertWritable, checkedFields } from './checked-fields.js';
import { paddedChannels } from './layout.js';
import { currentsBytes } from './neurons.js';
import { type SlidingKernel, slidingKernelFields } from './sliding-kernel.js';
import { type Extent, seesWholeSource, selectsPixels, type SourceWindow, sourceWindowFields } from './source-window.js';

/** `struct spike_convolution` of c/events.h, field by field. */
export const spikeConvolutionFields = [
  'spikes',
  'negativeSpikes',
  'levels',
  'sourceRows',
  'sourceColumns',
  'sourcePitch',
  'firstChannel',
  'blocks',
  'rows',
  'columns',
  'windowHeight',
  'windowWidth',
  'windowStrideY',
  'windowStrideX',
  'windowTop',
  'windowLeft',
  'selects',
  'kernelHeight',
  'kernelWidth',
  'strideY',
  'strideX',
  'dilationY',
  'dilationX',
  'top',
  'left',
  'outputRows',
  'outputColumns',
  'steps',
  'weights',
  'tables',
  'firstOutput',
  'outputs',
  'strip',
  'separate',
  'masks',
  'lists',
  'listCapacity',
  'ends',
  'currents',
  'bits',
] as const;
export type SpikeConvolutionField = (typeof spikeConvolutionFields)[number];

/** Shape of a convolution of spikes; for a grouped one, of a bundle of groups with zeros between them. */
export interface SpikeConvolutionShape extends SlidingKernel {
  /** Spike words `[levels, rows, columns, pitch]`, level k is worth 2ᵏ; with `signed` there is a second such array for negative spikes. */
  readonly source: {
    readonly rows: number;
    readonly columns: number;
    readonly pitch: number;
    readonly signed: boolean;
    readonly levels: number;
  };
  readonly window: SourceWindow;
  readonly grid: Extent;
}

/** Number format of the weights: 4 or 1 bytes. With `i8` currents and potentials are int32. */
export type WeightFormat = 'f32' | 'i8';

const weightBytes: Readonly<Record<WeightFormat, number>> = { f32: 4, i8: 1 };

/** Scratch memory of a spike convolution: sizes in bytes, and the fields for its layout. */
export interface SpikeConvolutionScratch {
  readonly masks: number;
  readonly lists: number;
  readonly ends: number;
  readonly currents: number;
  readonly fields: Readonly<Record<'strip' | 'separate' | 'listCapacity', number>>;
}

const signsOf = ({ source }: SpikeConvolutionShape): number => (source.signed ? 2 : 1);

/** Rows of weights per kernel window, including channel padding, without the row of zeros. */
export function weightRows(shape: SpikeConvolutionShape): number {
  return shape.kernel[0] * shape.kernel[1] * signsOf(shape) * paddedChannels(shape.channels.count);
}

/** Outputs per panel of packed weights. */
export function panelWidth(outputs: number): number {
  return outputs > 16 ? 32 : outputs > 8 ? 16 : 8;
}

/** Most positions that 16 bits can index. */
const mostPlaces = 65_536;

/**
 * The scratch memory that a spike convolution over this many steps needs.
 *
 * @throws if a kernel window has more positions than 16 bits can index.
 */
export function spikeConvolutionScratch(shape: SpikeConvolutionShape, steps: number): SpikeConvolutionScratch {
  const { source, window, grid, kernel, stride, dilation, output } = shape;
  const channels = paddedChannels(shape.channels.count);
  const times = source.levels * steps;
  const column = kernel[0] * signsOf(shape) * channels;
  const reach = (kernel[1] - 1) * dilation[1] + 1;
  if (reach * column > mostPlaces) {
    throw new Error(
      `Its kernel sees ${reach} columns of ${column} places; the event kernels take at most ${mostPlaces} places together.`,
    );
  }
  const strip = Math.min(Math.floor((Math.floor(mostPlaces / column) - reach) / stride[1]) + 1, output[1]);
  // At most the number of columns and, in a window, of source pixels.
  const columns = Math.min((strip - 1) * stride[1] + reach, grid[1]);
  const seen = Math.min(window.size[0], source.rows) * Math.min(window.size[1], source.columns);
  const listCapacity = columns * column * seen + 16;
  return {
    masks: signsOf(shape) * times * source.rows * source.columns * (channels / 8),
    lists: 2 * times * listCapacity,
    ends: 4 * times * (columns + 1),
    currents: currentsBytes(steps),
    fields: { strip, separate: dilation[1] === 1 ? 0 : 1, listCapacity },
  };
}

/** The weight from input channel `channel` to output `output`, each counted from the first that is read or written. */
export type WeightAt = (row: number, column: number, channel: number, output: number) => number;

/** Bytes that {@link packSpikeWeights} writes. */
export function packedWeightBytes(shape: SpikeConvolutionShape, format: WeightFormat): number {
  const width = panelWidth(shape.outputs.count);
  return Math.ceil(shape.outputs.count / width) * (weightRows(shape) + 1) * width * weightBytes[format];
}

/**
 * Packs the weights of a spike convolution for the kernels: panels of outputs, each with a row per (kernel column, kernel row, sign, channel) and a
 * row of zeros. Rows for negative spikes have negated weights.
 *
 * @throws {RangeError} if an int8 weight is not an integer from −127 to 127: sums of 256 of them must fit 16 bits.
 */
export function packSpikeWeights(
  shape: SpikeConvolutionShape,
  format: WeightFormat,
  weightAt: WeightAt,
): Float32Array | Int8Array {
  const width = panelWidth(shape.outputs.count);
  const rows = weightRows(shape);
  const size = packedWeightBytes(shape, format) / weightBytes[format];
  const packed = format === 'f32' ? new Float32Array(size) : new Int8Array(size);
  const channels = paddedChannels(shape.channels.count);
  const signs = signsOf(shape);
  eachWeight(shape, weightAt, (i, j, channel, output, weight) => {
    if (format === 'i8' && !(Number.isInteger(weight) && Math.abs(weight) <= 127)) {
      throw new RangeError(`a weight is ${weight}; int8 weights are integers from -127 to 127`);
    }
    for (let sign = 0; sign < signs; sign++) {
      const row = ((j * shape.kernel[0] + i) * signs + sign) * channels + channel;
      const panel = Math.floor(output / width);
      packed[(panel * (rows + 1) + row) * width + (output % width)] = sign === 0 ? weight : -weight;
    }
  });
  return packed;
}

function eachWeight(
  { kernel, channels, outputs }: SpikeConvolutionShape,
  weightAt: WeightAt,
  visit: (row: number, column: number, channel: number, output: number, weight: number) => void,
): void {
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      for (let channel = 0; channel < channels.count; channel++) {
        for (let output = 0; output < outputs.count; output++) {
          visit(i, j, channel, output, weightAt(i, j, channel, output));
        }
      }
    }
  }
}

/** Bytes per sum in a table: sums of int8 weights take 16 bits. */
const sumBytes: Readonly<Record<WeightFormat, number>> = { f32: 4, i8: 2 };

/**
 * Bytes of the tables of {@link packSpikeTables}, or undefined if the kernels cannot use tables: if spikes are signed, pooled, padded or subsampled,
 * or a kernel is dilated horizontally.
 */
export function spikeTableBytes(shape: SpikeConvolutionShape, format: WeightFormat): number | undefined {
  const { source, dilation, kernel, channels, outputs } = shape;
  if (source.signed || !seesWholeSource(shape) || dilation[1] !== 1) return undefined;
  const tables = kernel[0] * kernel[1] * (paddedChannels(channels.count) / 8);
  const width = panelWidth(outputs.count);
  return Math.ceil(outputs.count / width) * width * tables * 256 * sumBytes[format];
}

/**
 * Packs weights as tables of sums, which handle eight adjacent channels as one event: panels of outputs, each with a row per (kernel row, kernel
 * column, block of eight channels, byte of spikes) that is the sum of the weights of the byte's bits. Worth it for few channels: the tables must stay
 * in the second-level cache, and cost the same whether or not neurons fire.
 *
 * @returns undefined if sums of int8 weights could overflow 16 bits
 */
export function packSpikeTables(
  shape: SpikeConvolutionShape,
  format: WeightFormat,
  weightAt: WeightAt,
): Float32Array | Int16Array | undefined {
  const { kernel, channels, outputs } = shape;
  const width = panelWidth(outputs.count);
  const blocks = paddedChannels(channels.count) / 8;
  const tables = kernel[0] * kernel[1] * blocks;
  const size = Math.ceil(outputs.count / width) * width * tables * 256;
  const packed = format === 'f32' ? new Float32Array(size) : new Int16Array(size);
  const [most, least] = [new Float64Array(outputs.count), new Float64Array(outputs.count)];
  eachWeight(shape, weightAt, (i, j, channel, output, weight) => {
    most[output] = (most[output] ?? 0) + Math.max(weight, 0);
    least[output] = (least[output] ?? 0) + Math.min(weight, 0);
    const table = (i * kernel[1] + j) * blocks + Math.floor(channel / 8);
    const first = (Math.floor(output / width) * tables + table) * 256;
    for (let byte = 0; byte < 256; byte++) {
      if (((byte >> (channel % 8)) & 1) === 0) continue;
      const at = (first + byte) * width + (output % width);
      packed[at] = (packed[at] ?? 0) + weight;
    }
  });
  if (format === 'i8' && (most.some((sum) => sum > 32_767) || least.some((sum) => sum < -32_768))) return undefined;
  return packed;
}

/**
 * The fields of the structure that depend only on the shape.
 *
 * @throws {RangeError} if the kernels would read or write outside the given shape.
 */
export function spikeConvolutionShapeFields(shape: SpikeConvolutionShape) {
  const { source, window, grid, channels } = shape;
  const kernels = 'spike convolution';
  assertReadable(kernels, channels, source.pitch);
  assertWritable(kernels, shape.outputs);
  return checkedFields(kernels, {
    sourceRows: source.rows,
    sourceColumns: source.columns,
    sourcePitch: source.pitch,
    levels: source.levels,
    blocks: paddedChannels(channels.count) / 8,
    rows: grid[0],
    columns: grid[1],
    ...sourceWindowFields(window),
    selects: selectsPixels(shape) ? 1 : 0,
    ...slidingKernelFields(shape),
  } as const);
}
