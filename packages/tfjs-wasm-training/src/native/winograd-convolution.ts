import type { ConvolutionShape, Strips } from './convolution-shape.js';
import { forwardStrips } from './convolution-shape.js';

// Pixels of a tile along an axis, and positions that it is transformed to.
const tile = 4;
const positions = 36;
// As POSITION_GAP of c/winograd.h.
const positionGap = 16;
// Of so many tiles the transforms and products stay in a second-level cache, or use weights often enough that they need not.
const blockTiles = 32;
// 64 MiB. Transformed weights are four times as large as the weights.
const mostTransformedWeights = 2 ** 24;

const up = (count: number, to: number): number => Math.ceil(count / to) * to;

/** Rows and columns of tiles over an image of the result. */
function tilesOf({ outputHeight, outputWidth }: ConvolutionShape) {
  return { rows: Math.ceil(outputHeight / tile), columns: Math.ceil(outputWidth / tile) };
}

const isWinograd = (s: ConvolutionShape): boolean =>
  s.groups === 1 &&
  s.kernelHeight === 3 &&
  s.kernelWidth === 3 &&
  s.strideY === 1 &&
  s.strideX === 1 &&
  s.dilationY === 1 &&
  s.dilationX === 1 &&
  up(s.channels, 8) * up(s.filters, 8) * positions <= mostTransformedWeights;

/** Multiply-adds of the direct kernel, which takes eight pixels of a strip at a time. */
function directCost(shape: ConvolutionShape): number {
  const { count, channels, filters, outputHeight, outputWidth } = shape;
  const { rows } = forwardStrips(shape);
  const strips = Math.floor(outputHeight / rows);
  const pixels = strips * up(rows * outputWidth, 8) + up((outputHeight % rows) * outputWidth, 8);
  return 9 * count * pixels * channels * up(filters, 8);
}

// What transforming takes, in multiply-adds of the direct kernel: of a tile for every channel of the input and of the result, and of a window of weights.
// Measured on layers of 3 to 512 channels.
const inputTransform = 200;
const resultTransform = 170;
const weightTransform = 200;
// How much less work it must be.
const margin = 1.1;

/** The same for Winograd's, except for the weights. */
function winogradCost(shape: ConvolutionShape): number {
  const { rows, columns } = tilesOf(shape);
  const [channels, filters] = [up(shape.channels, 4), up(shape.filters, 8)];
  const perTile = positions * channels * filters + inputTransform * channels + resultTransform * filters;
  return shape.count * rows * columns * perTile;
}

const weightCost = ({ channels, filters }: ConvolutionShape): number =>
  weightTransform * up(channels, 4) * up(filters, 8);

/**
 * Whether Winograd's kernel is the faster one for a forward pass. Images of at least four tiles (8×8 pixels) get the same answer in every batch, so that
 * their results are the same to the bit, alone or among others; only for smaller ones do the weights need a batch to be worth their transform.
 */
export function forwardByWinograd(shape: ConvolutionShape): boolean {
  if (!isWinograd(shape)) return false;
  const { rows, columns } = tilesOf(shape);
  const weights = rows * columns < 4 ? weightCost(shape) : 0;
  return (winogradCost(shape) + weights) * margin < directCost(shape);
}

/** Whether it is for a gradient. @param shape the gradient's: that of the input has the input as its result */
export function gradientByWinograd(shape: ConvolutionShape): boolean {
  return isWinograd(shape) && (winogradCost(shape) + weightCost(shape)) * margin < directCost(shape);
}

/** Images and rows of tiles of a block. */
function blockOf(shape: ConvolutionShape) {
  const { rows, columns } = tilesOf(shape);
  const blockRows = Math.max(1, Math.min(rows, Math.floor(blockTiles / Math.max(columns, 1))));
  const most = Math.floor(blockTiles / Math.max(rows * columns, 1));
  const images = blockRows < rows ? 1 : Math.max(1, Math.min(shape.count, most));
  return { rows: blockRows, images, tiles: images * blockRows * columns, columns };
}

const stripValues = (rows: number, columns: number, channels: number): number =>
  (tile * rows + 2) * (tile * columns + 2) * channels;

/** Strips of Winograd's forward pass, their rows those of tiles. */
export function winogradStrips(shape: ConvolutionShape): Strips {
  const { rows, images, tiles, columns } = blockOf(shape);
  const [channels, filters] = [up(shape.channels, 4), up(shape.filters, 8)];
  const perPosition = filters * (channels + 1) + tiles * (channels + filters) + 3 * positionGap;
  return { images, rows, scratch: stripValues(rows, columns, channels) + positions * perPosition };
}

/** Strips of Winograd's gradient of the filter. */
export function winogradFilterGradientStrips(shape: ConvolutionShape): Strips {
  const { rows, images, tiles, columns } = blockOf(shape);
  const [channels, filters] = [up(shape.channels, 8), up(shape.filters, 8)];
  const perPosition = channels * filters + tiles * (channels + filters) + 2 * positionGap;
  const strips = stripValues(rows, columns, channels) + tile * rows * tile * columns * filters;
  return { images, rows, scratch: strips + positions * perPosition };
}
