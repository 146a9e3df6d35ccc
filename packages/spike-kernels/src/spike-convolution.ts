import { paddedChannels } from './layout.js';
import { currentsBytes } from './neurons.js';

/** Height, then width. */
export type Extent = readonly [height: number, width: number];

/** `struct spike_convolution` of c/events.h, field by field. */
export const spikeConvolutionFields = [
  'spikes',
  'negativeSpikes',
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
  'firstOutput',
  'outputs',
  'lists',
  'listCapacity',
  'ends',
  'ring',
  'tile',
  'merged',
  'mergedCapacity',
  'lengths',
  'bits',
  'currents',
] as const;
export type SpikeConvolutionField = (typeof spikeConvolutionFields)[number];

/**
 * Each pixel of the grid that a convolution slides over holds the spikes of a window of the source: all of them, as a sum
 * pooling gives, or those of one pixel.
 */
export interface SourceWindow {
  readonly size: Extent;
  readonly stride: Extent;
  readonly top: number;
  readonly left: number;
}

/** The window of a grid that is the source itself. */
export const wholeSource: SourceWindow = { size: [1, 1], stride: [1, 1], top: 0, left: 0 };

/** What a convolution of spikes is like. Of grouped ones it is a bundle of groups, with zeros between them. */
export interface SpikeConvolutionShape {
  /** Spike words `[rows, columns, pitch]`; with `signed` there is a second such array for spikes of −1. */
  readonly source: {
    readonly rows: number;
    readonly columns: number;
    readonly pitch: number;
    readonly signed: boolean;
  };
  readonly window: SourceWindow;
  readonly grid: Extent;
  /** Channels that are read. */
  readonly channels: { readonly first: number; readonly count: number };
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly dilation: Extent;
  /** Rows and columns of zeros above and left of the grid; those below and right follow from the output's size. */
  readonly top: number;
  readonly left: number;
  readonly output: Extent;
  /** Channels that are written; the first is a multiple of 8, and as many more as fill a block of 8 are written too. */
  readonly outputs: { readonly first: number; readonly count: number };
}

/** Number format of the weights: 4 or 1 bytes. With `i8` currents and potentials are int32. */
export type WeightFormat = 'f32' | 'i8';

const weightBytes: Readonly<Record<WeightFormat, number>> = { f32: 4, i8: 1 };

/** Scratch memory of a spike convolution: sizes in bytes, and the fields that say how it is divided. */
export interface SpikeConvolutionScratch {
  readonly lists: number;
  readonly ends: number;
  readonly merged: number;
  readonly lengths: number;
  readonly currents: number;
  readonly fields: Readonly<Record<'listCapacity' | 'ring' | 'tile' | 'mergedCapacity', number>>;
}

const signsOf = ({ source }: SpikeConvolutionShape): number => (source.signed ? 2 : 1);

/** Rows of weights that a window of the kernel has, padding of channels included, without the row of zeros. */
export function weightRows(shape: SpikeConvolutionShape): number {
  return shape.kernel[0] * shape.kernel[1] * signsOf(shape) * paddedChannels(shape.channels.count);
}

/** Outputs side by side in a panel of packed weights. */
export function panelWidth(outputs: number): number {
  return outputs > 16 ? 32 : outputs > 8 ? 16 : 8;
}

/** Bytes of merged lists that are kept while a panel of weights is read: they have to stay in the second-level cache. */
const mergedBudget = 512 * 1024;
const mostPixels = 32;

/**
 * The scratch memory that a spike convolution over so many steps needs.
 *
 * @throws if a row of the kernel has more places than 16 bits can count.
 */
export function spikeConvolutionScratch(shape: SpikeConvolutionShape, steps: number): SpikeConvolutionScratch {
  const pixel = signsOf(shape) * paddedChannels(shape.channels.count);
  const [kernelHeight, kernelWidth] = shape.kernel;
  if (kernelWidth * pixel > 65_536) {
    throw new Error(
      `One row of its kernel reads ${kernelWidth} × ${pixel} channels; the event kernels take at most 65536 together.`,
    );
  }
  const [columns, outputColumns] = [shape.grid[1], shape.output[1]];
  const most = pixel * shape.window.size[0] * shape.window.size[1];
  const listCapacity = columns * most + 16;
  const mergedCapacity = kernelHeight * kernelWidth * most + 16;
  const panels = Math.ceil(shape.outputs.count / panelWidth(shape.outputs.count));
  const fitting = Math.floor(mergedBudget / (4 * steps * mergedCapacity));
  const tile = panels === 1 ? 1 : Math.min(Math.max(fitting, 1), mostPixels, shape.output[0] * outputColumns);
  const outputRows = tile === 1 ? 1 : Math.ceil((tile - 1) / outputColumns) + 1;
  const reach = (outputRows - 1) * shape.stride[0] + (kernelHeight - 1) * shape.dilation[0] + 1;
  const ring = Math.min(reach, shape.grid[0]);
  return {
    lists: 2 * ring * steps * listCapacity,
    ends: 4 * ring * steps * (columns + 1),
    merged: 4 * tile * steps * mergedCapacity,
    lengths: 4 * tile * steps,
    currents: currentsBytes(steps),
    fields: { listCapacity, ring, tile, mergedCapacity },
  };
}

/** The weight of input channel `channel`, counted from the first that is read, to output `output`, likewise. */
export type WeightAt = (row: number, column: number, channel: number, output: number) => number;

/** Bytes that {@link packSpikeWeights} writes. */
export function packedWeightBytes(shape: SpikeConvolutionShape, format: WeightFormat): number {
  const width = panelWidth(shape.outputs.count);
  return Math.ceil(shape.outputs.count / width) * (weightRows(shape) + 1) * width * weightBytes[format];
}

/**
 * Packs the weights of a spike convolution as the kernels read them: panels of outputs, in each a row for every (kernel row,
 * kernel column, sign, channel), and a row of zeros. Rows of negative spikes have the negative weights.
 *
 * @throws {RangeError} if an int8 weight is no whole number from −127 to 127: sums of 256 of them must fit 16 bits.
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
  for (let i = 0; i < shape.kernel[0]; i++) {
    for (let j = 0; j < shape.kernel[1]; j++) {
      for (let channel = 0; channel < shape.channels.count; channel++) {
        for (let output = 0; output < shape.outputs.count; output++) {
          const weight = weightAt(i, j, channel, output);
          if (format === 'i8' && !(Number.isInteger(weight) && Math.abs(weight) <= 127)) {
            throw new RangeError(`a weight is ${weight}; int8 weights are whole numbers from -127 to 127`);
          }
          for (let sign = 0; sign < signs; sign++) {
            const row = ((i * shape.kernel[1] + j) * signs + sign) * channels + channel;
            const panel = Math.floor(output / width);
            packed[(panel * (rows + 1) + row) * width + (output % width)] = sign === 0 ? weight : -weight;
          }
        }
      }
    }
  }
  return packed;
}

/** The fields of the structure that follow from the shape alone. */
export function spikeConvolutionShapeFields(shape: SpikeConvolutionShape) {
  const { source, window, grid, kernel, stride, dilation, output } = shape;
  return {
    sourceRows: source.rows,
    sourceColumns: source.columns,
    sourcePitch: source.pitch,
    firstChannel: shape.channels.first,
    blocks: paddedChannels(shape.channels.count) / 8,
    rows: grid[0],
    columns: grid[1],
    windowHeight: window.size[0],
    windowWidth: window.size[1],
    windowStrideY: window.stride[0],
    windowStrideX: window.stride[1],
    windowTop: window.top,
    windowLeft: window.left,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideY: stride[0],
    strideX: stride[1],
    dilationY: dilation[0],
    dilationX: dilation[1],
    top: shape.top,
    left: shape.left,
    outputRows: output[0],
    outputColumns: output[1],
    firstOutput: shape.outputs.first,
    outputs: paddedChannels(shape.outputs.count),
  } as const;
}
