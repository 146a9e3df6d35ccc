import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import type { Extent, SourceWindow } from '@rheobase/spike-kernels';
import { paddedChannels } from '@rheobase/spike-kernels';
import type { Layout, NumberFormat } from './plan.js';
import type { BufferAddress } from './plan-builder.js';

/** Numbers, the same at every step or one set for each. */
export interface AnalogValue {
  readonly kind: 'analog';
  readonly shape: Shape;
  readonly layout: Layout;
  readonly number: NumberFormat;
  readonly changing: boolean;
  readonly at: BufferAddress;
}

/**
 * Spikes: words of a source, seen through windows that add up (a sum pooling) or select (a subsampling), and times a gain. `flat` where
 * the value is the vector of all its elements.
 */
export interface SpikeValue {
  readonly kind: 'spikes';
  readonly shape: Shape;
  readonly source: Layout;
  /** Spike words `[levels, …source]`: those of level k are worth 2ᵏ times the gain. */
  readonly spikes: BufferAddress;
  /** The same for spikes of negative sign. */
  readonly negative?: BufferAddress;
  readonly levels: number;
  readonly window: SourceWindow;
  readonly grid: Extent;
  readonly flat: boolean;
  /** What a spike of level 0 is worth: one number for each channel of the source, or one for each of its neurons. */
  readonly gain: Float64Array;
}

export type Value = AnalogValue | SpikeValue;

/** How a value of a shape lies in memory if it is no image that came from outside: pixels padded to whole blocks of channels. */
export function layoutOf(shape: Shape): Layout {
  const channels = shape.at(-1) ?? 1;
  const [rows, columns] = shape.length === 3 ? [shape[0] ?? 1, shape[1] ?? 1] : [1, sizeOf(shape) / channels];
  return { rows, columns, channels, pitch: paddedChannels(channels) };
}

/** Values of a layout, padding included. */
export function sizeOfLayout({ rows, columns, pitch }: Layout): number {
  return rows * columns * pitch;
}

export function gainPerChannel(value: SpikeValue): boolean {
  return value.gain.length === value.source.channels;
}
