import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import type { Extent, SourceWindow } from '@rheobase/spike-kernels';
import { paddedChannels } from '@rheobase/spike-kernels';
import type { Layout, NumberFormat } from './plan.js';
import type { BufferAddress } from './plan-builder.js';

/** Numbers, constant or one set per step. */
export interface AnalogValue {
  readonly kind: 'analog';
  readonly shape: Shape;
  readonly layout: Layout;
  readonly number: NumberFormat;
  readonly changing: boolean;
  readonly at: BufferAddress;
}

/**
 * Spikes: words of a source, viewed through windows that sum (a sum pooling) or select (a subsampling), times a gain. `flat` if the value is the
 * vector of all its elements.
 */
export interface SpikeValue {
  readonly kind: 'spikes';
  readonly shape: Shape;
  readonly source: Layout;
  /** Spike words `[levels, …source]`: level k is worth 2ᵏ times the gain. */
  readonly spikes: BufferAddress;
  /** The same for negative spikes. */
  readonly negative?: BufferAddress;
  readonly levels: number;
  readonly window: SourceWindow;
  readonly grid: Extent;
  readonly flat: boolean;
  /** The spike value of level 0: one number per channel of the source, or one per neuron. */
  readonly gain: Float64Array;
}

export type Value = AnalogValue | SpikeValue;

/** Memory layout of a value other than an input image: pixels padded to whole blocks of channels. */
export function layoutOf(shape: Shape): Layout {
  const channels = shape.at(-1) ?? 1;
  const [rows, columns] = shape.length === 3 ? [shape[0] ?? 1, shape[1] ?? 1] : [1, sizeOf(shape) / channels];
  return { rows, columns, channels, pitch: paddedChannels(channels) };
}

/** Number of values of a layout, including padding. */
export function sizeOfLayout({ rows, columns, pitch }: Layout): number {
  return rows * columns * pitch;
}

export function gainPerChannel(value: SpikeValue): boolean {
  return value.gain.length === value.source.channels;
}
