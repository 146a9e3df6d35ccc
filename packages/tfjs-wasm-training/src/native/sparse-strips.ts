import type { ConvolutionShape, Strips } from './convolution-shape.js';
import { seen } from './convolution-shape.js';

// Of what is listed at a time, 12 KB of a first-level cache at the density of spikes.
const listedValues = 9000;
// Of the weights of a panel, the rest of it.
const panelBytes = 20_480;
// Of a panel of dy.
const dyPixels = 384;

// As in c/non-zeros.h.
const slack = 8;
const compactionTable = 64;

const upTo = (multiple: number, count: number): number => Math.ceil(count / multiple) * multiple;

/** Strips of a forward pass over few non-zero values, and how many channels it takes at a time. */
export interface SparseStrips extends Strips {
  readonly block: number;
}

/** Strips for c/f32-sparse-conv2d.c. */
export function sparseForwardStrips(shape: ConvolutionShape): SparseStrips {
  const { groups, kernelHeight, kernelWidth, outputHeight, outputWidth, width } = shape;
  const [channels, filters] = [shape.channels / groups, shape.filters / groups];
  const taps = kernelHeight * kernelWidth;
  const most = Math.max(4, Math.floor(panelBytes / (taps * 64 * 4)) * 4);
  const block = channels <= most ? channels : upTo(4, channels / Math.ceil(channels / most));
  const blocks = Math.ceil(channels / block);
  const panels = Math.ceil(filters / 16);
  const { columns } = seen(shape, 1);
  const rows = Math.max(1, Math.min(outputHeight, Math.floor(listedValues / (columns * kernelHeight * block))));
  const slots = seen(shape, rows).rows;
  const weights = 16 * panels * (1 + blocks * taps * block);
  const rowLists = 3 * kernelHeight + slots * (1 + width + 1 + 2 * (width * block + slack));
  const merged = rows * (columns + 1 + 2 * (columns * kernelHeight * block + slack));
  return { images: 1, rows, block, scratch: compactionTable + weights + rowLists + merged + outputWidth * 16 };
}

/** Strips for c/f32-sparse-conv2d-filter-gradient.c, of images and rows of the input. */
export function sparseFilterGradientStrips(shape: ConvolutionShape): Strips {
  const { count, height, width, groups, kernelHeight, kernelWidth, strideX, strideY, dilationX, dilationY } = shape;
  const [channels, filters] = [shape.channels / groups, shape.filters / groups];
  // One more of each than there may be: their first and last are rounded.
  const columns = Math.ceil((width - 1 + (kernelWidth - 1) * dilationX) / strideX) + 2;
  const dyRows = (rows: number): number => Math.floor((rows - 1 + (kernelHeight - 1) * dilationY) / strideY) + 2;
  const fit = Math.floor(dyPixels / columns) - dyRows(1) + 1;
  const rows = Math.max(1, Math.min(height, fit * strideY));
  const images = rows < height ? 1 : Math.max(1, Math.min(count, Math.floor(dyPixels / (columns * dyRows(rows)))));
  const panels = Math.ceil(filters / 16);
  const listed = upTo(4, channels);
  const sums = panels * 16 * (channels * kernelHeight * kernelWidth + 1);
  const lists = listed * (1 + 2 * (images * rows * upTo(4, width) + slack));
  return { images, rows, scratch: compactionTable + sums + lists + panels * images * dyRows(rows) * columns * 16 };
}
