import { assertWindowsMeet, checkedFields } from './checked-fields.js';
import { type Extent, type SourceWindow, sourceWindowFields } from './source-window.js';

const windowFields = [
  'rows',
  'columns',
  'channels',
  'rowPitch',
  'pixelPitch',
  'windowHeight',
  'windowWidth',
  'windowStrideY',
  'windowStrideX',
  'windowTop',
  'windowLeft',
  'outputRows',
  'outputColumns',
] as const;

/** `struct max_pooling` of c/max-pooling.c, field by field. */
export const maxPoolingFields = [...windowFields, 'input', 'output', 'steps', 'sumsStart', 'sums', 'greatest'] as const;
export type MaxPoolingField = (typeof maxPoolingFields)[number];

/** `struct spike_max_pooling` of c/max-pooling.c, field by field. */
export const spikeMaxPoolingFields = [
  ...windowFields,
  'spikes',
  'negativeSpikes',
  'levels',
  'output',
  'negativeOutput',
  'steps',
  'countsStart',
  'counts',
  'words',
] as const;
export type SpikeMaxPoolingField = (typeof spikeMaxPoolingFields)[number];

/**
 * Shape of a max pooling, per channel. Padding is ignored, and every window must reach into the image. The result has pixels of `channels` values.
 */
export interface MaxPoolingShape {
  /** Pixels that are pooled: every pixel of an image, or a subset given by the pitches. */
  readonly source: {
    readonly rows: number;
    readonly columns: number;
    /** Values per pixel, including channel padding: a multiple of 8. */
    readonly channels: number;
    /** Values from one row to the next. */
    readonly rowPitch: number;
    /** Values from one pixel to the next. */
    readonly pixelPitch: number;
  };
  readonly window: SourceWindow;
  readonly output: Extent;
}

/**
 * The fields of either structure that depend only on the shape.
 *
 * @throws {RangeError} if a window does not reach into the image, as the kernels would read outside it.
 */
export function maxPoolingShapeFields({ source, window, output }: MaxPoolingShape) {
  const kernels = 'max pooling';
  const { size, stride, top, left } = window;
  assertWindowsMeet(kernels, { image: source.rows, size: size[0], stride: stride[0], before: top, output: output[0] });
  assertWindowsMeet(kernels, {
    image: source.columns,
    size: size[1],
    stride: stride[1],
    before: left,
    output: output[1],
  });
  return checkedFields(kernels, {
    ...source,
    ...sourceWindowFields(window),
    outputRows: output[0],
    outputColumns: output[1],
  } as const);
}
