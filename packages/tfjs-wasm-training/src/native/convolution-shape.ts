import { backend_util } from '@tensorflow/tfjs-core';
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../kernels/geometry.js';
import type { Heap } from './heap.js';
import { imageSizes } from './sizes.js';

/** A convolution's sizes, as `struct convolution` of c/convolution.h. `channels` and `filters` count all groups. */
export interface ConvolutionShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly top: number;
  readonly left: number;
  readonly groups: number;
}

type Shape4 = readonly [number, number, number, number];

/** tfjs' attributes, and how many groups of channels do not see each other (a depthwise convolution has one a channel). */
export interface GroupedAttributes extends ConvolutionAttributes {
  readonly groups: number | 'depthwise';
}

/**
 * Resolves a convolution's sizes.
 *
 * @param input `[N, H, W, C]`
 * @param filter `[kH, kW, C/groups, F]`, or `[kH, kW, C, M]` where depthwise
 * @throws if channels or filters do not divide into the groups.
 */
export function convolutionShape(
  input: Shape4,
  filter: Shape4,
  { strides, pad, dilations = 1, dimRoundingMode, groups }: GroupedAttributes,
): ConvolutionShape {
  const depthwise = groups === 'depthwise';
  const info = backend_util.computeConv2DInfo(
    [...input],
    [...filter],
    pairOf(strides),
    pairOf(dilations),
    pad,
    dimRoundingMode,
    depthwise,
  );
  const channels = input[3];
  const filters = info.outChannels;
  const parts = depthwise ? channels : groups;
  if (filter[2] !== (depthwise ? channels : channels / parts) || filters % parts !== 0) {
    throw new Error(
      `A convolution of [${input.join(', ')}] in ${parts} groups cannot have a filter of [${filter.join(', ')}]: ` +
        'its third size must be channels / groups, and its fourth a multiple of groups.',
    );
  }
  return {
    count: input[0],
    height: input[1],
    width: input[2],
    channels,
    outputHeight: info.outHeight,
    outputWidth: info.outWidth,
    filters,
    kernelHeight: filter[0],
    kernelWidth: filter[1],
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    dilationY: info.dilationHeight,
    dilationX: info.dilationWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
    groups: parts,
  };
}

/** Of how many images, and of how many rows of each result, a kernel gathers its input at a time. */
export interface Strips {
  readonly images: number;
  readonly rows: number;
  /** The additional memory that the kernel needs, in float32 values. */
  readonly scratch: number;
}

// Half of a small first-level cache, for a strip that is read through for every eight results.
const stripValues = 6144;

// The filter's gradient reads eight channels of a strip at a time: those are to fit into the first-level cache, all of
// them into the second.
const stripPixels = 512;
const widestStrip = 65_536;

const eights = (count: number): number => Math.ceil(count / 8) * 8;

/** How many of `rows` fit, given the number of values that each takes. */
const rowsWithin = (values: number, rows: number, room = stripValues): number =>
  Math.max(1, Math.min(rows, Math.floor(room / Math.max(values, 1))));

/** The input rows and columns that `rows` × all columns of the result see. */
export function seen(shape: ConvolutionShape, rows: number): { readonly rows: number; readonly columns: number } {
  const { strideY, strideX, kernelHeight, kernelWidth, dilationY, dilationX, outputWidth } = shape;
  return {
    rows: (rows - 1) * strideY + (kernelHeight - 1) * dilationY + 1,
    columns: (outputWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1,
  };
}

/** Strips for the forward pass. */
export function forwardStrips(shape: ConvolutionShape): Strips {
  const { channels, filters, groups, kernelHeight, kernelWidth, strideY, outputHeight } = shape;
  const depth = channels / groups;
  const rows = rowsWithin(strideY * seen(shape, 1).columns * depth, outputHeight);
  const strip = seen(shape, rows);
  const panels = eights(filters / groups) * (kernelHeight * kernelWidth * depth + 1);
  return { images: 1, rows, scratch: panels + strip.rows * strip.columns * depth };
}

/** Strips for the gradient of the input. */
export function inputGradientStrips(shape: ConvolutionShape): Strips {
  const { channels, filters, groups, kernelHeight, kernelWidth, height, width } = shape;
  const depth = filters / groups;
  const columns = Math.ceil(width / shape.strideX) + (kernelWidth - 1) * shape.dilationX;
  const rows = rowsWithin(columns * depth, Math.ceil(height / shape.strideY));
  const panels = eights(channels / groups) * (kernelHeight * kernelWidth * depth + 1);
  return { images: 1, rows, scratch: panels + (rows + (kernelHeight - 1) * shape.dilationY) * columns * depth };
}

/** Strips for the gradient of the filter. */
export function filterGradientStrips(shape: ConvolutionShape): Strips {
  const { count, channels, filters, groups, kernelHeight, kernelWidth, strideY, outputHeight, outputWidth } = shape;
  const [inputs, outputs] = [eights(channels / groups), eights(filters / groups)];
  const values = strideY * seen(shape, 1).columns * inputs + outputWidth * outputs;
  const room = Math.min(widestStrip, (values / Math.max(outputWidth, 1)) * stripPixels);
  const rows = rowsWithin(values, outputHeight, room);
  const images = rows < outputHeight ? 1 : rowsWithin(values * outputHeight, count, room);
  const strip = seen(shape, rows);
  const perImage = strip.rows * strip.columns * inputs + rows * outputWidth * outputs;
  return { images, rows, scratch: inputs * outputs * kernelHeight * kernelWidth + images * perImage };
}

const structBytes = 128;

/**
 * Lends a kernel its scratch memory, and its shape in front of it.
 *
 * @param use takes the addresses of the shape and of the scratch memory
 */
export function withShape<T>(
  heap: Heap,
  shape: ConvolutionShape,
  { images, rows, scratch }: Strips,
  use: (shapeAddress: number, scratchAddress: number) => T,
): T {
  return heap.withScratch(structBytes + scratch * 4, (address) => {
    const { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left, groups } = shape;
    const input = [shape.count, shape.height, shape.width, shape.channels];
    const output = [shape.outputHeight, shape.outputWidth, shape.filters];
    const window = [kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left];
    // A new view each time: the heap may have grown, and the old one with it been detached.
    const to = new Int32Array(heap.memory.buffer, address, structBytes / 4);
    to.set([...input, ...output, ...window, groups, images, rows]);
    return use(address, address + structBytes);
  });
}

/** The shape of a call in which the images are at hand. */
export function shapeOfCall(
  kernelName: string,
  input: TensorInfo,
  filter: TensorInfo,
  attributes: NamedAttrMap,
  groups: number | 'depthwise',
): ConvolutionShape {
  return convolutionShape(
    imageSizes(input, kernelName),
    filterSizes(filter.shape, kernelName),
    // tfjs types attributes as an untyped map; those of convolutions are these.
    { ...(attributes as unknown as ConvolutionAttributes), groups },
  );
}

/** The four sizes of a filter, or of images given as an attribute. */
export function filterSizes(shape: unknown, kernelName: string): Shape4 {
  if (!Array.isArray(shape) || shape.length !== 4 || !shape.every((size) => typeof size === 'number')) {
    throw new Error(`${kernelName} needs a shape of four sizes, but was given ${JSON.stringify(shape)}.`);
  }
  const [a, b, c, d] = shape as [number, number, number, number];
  return [a, b, c, d];
}

function pairOf(value: number | readonly [number, number]): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

/** The convolution of dy, by the window turned round, that the input's gradient is where there is no stride. */
export function turnedShape(shape: ConvolutionShape): ConvolutionShape {
  return {
    ...shape,
    height: shape.outputHeight,
    width: shape.outputWidth,
    channels: shape.filters,
    outputHeight: shape.height,
    outputWidth: shape.width,
    filters: shape.channels,
    top: (shape.kernelHeight - 1) * shape.dilationY - shape.top,
    left: (shape.kernelWidth - 1) * shape.dilationX - shape.left,
  };
}
