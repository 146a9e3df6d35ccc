import type { Shape } from './shape.js';
import { sizeOf } from './shape.js';

/** A position along one axis of an input, and its factor. */
export interface Tap {
  readonly at: number;
  readonly factor: number;
}

/** For each position along one axis of a value, the input positions it is computed from. */
export type Taps = readonly (readonly Tap[])[];

/** `length` channels of a value starting at `to`, computed from the input's channels starting at `from`. */
export interface ChannelRun {
  readonly to: number;
  readonly from: number;
  readonly length: number;
}

/**
 * How a value is computed from elements of input number `slot`. Contributions of several maps or taps to one element are summed; an element without
 * any is zero.
 *
 * - `order`: all elements, row-major
 * - `channels`: the same at every pixel
 * - `image`: rows and columns of an image, independently, and channels
 * - `elements`: for each element, row-major, the one it is; −1: none
 */
export type ElementMap =
  | { readonly kind: 'order'; readonly slot: number }
  | { readonly kind: 'channels'; readonly slot: number; readonly channels: readonly ChannelRun[] }
  | {
      readonly kind: 'image';
      readonly slot: number;
      readonly rows: Taps;
      readonly columns: Taps;
      readonly channels: readonly ChannelRun[];
    }
  | { readonly kind: 'elements'; readonly slot: number; readonly sources: Int32Array };

/** Called for `length` adjacent elements of a value starting at `to`, and the input elements they are computed from; indices are row-major. */
export type VisitRun = (slot: number, to: number, from: number, length: number, factor: number) => void;

/** The map of a node whose elements keep their order. */
export const inOrder: readonly ElementMap[] = [{ kind: 'order', slot: 0 }];

export const channelsOf = (shape: Shape): number => shape.at(-1) ?? 1;

/** All channels of a value, in their order. */
export const allChannels = (shape: Shape): readonly ChannelRun[] => [{ to: 0, from: 0, length: channelsOf(shape) }];

/** Taps for each of `outputs` positions; those outside the input's `length` are dropped. */
export function taps(outputs: number, length: number, sources: (to: number) => readonly Tap[]): Taps {
  return Array.from({ length: outputs }, (_, to) => sources(to).filter(({ at }) => at >= 0 && at < length));
}

/** One source position for each output position. */
export function selection(outputs: number, length: number, source: (to: number) => number): Taps {
  return taps(outputs, length, (to) => [{ at: source(to), factor: 1 }]);
}

/** Visits the inputs of a value of shape `to`, run by run, pixel by pixel. */
export function forEachRun(maps: readonly ElementMap[], inputs: readonly Shape[], to: Shape, visit: VisitRun): void {
  for (const map of maps) {
    const from = inputs[map.slot] ?? [];
    if (map.kind === 'order') {
      visit(map.slot, 0, 0, sizeOf(to), 1);
      continue;
    }
    if (map.kind === 'elements') {
      const { sources } = map;
      for (let first = 0, length = 1; first < sources.length; first += length, length = 1) {
        const source = sources[first] ?? -1;
        if (source < 0) continue;
        while (sources[first + length] === source + length) length += 1;
        visit(map.slot, first, source, length, 1);
      }
      continue;
    }
    const [width, ownWidth] = [channelsOf(from), channelsOf(to)];
    if (map.kind === 'channels') {
      const pixels = sizeOf(to) / ownWidth;
      for (let pixel = 0; pixel < pixels; pixel += 1) {
        for (const run of map.channels) {
          visit(map.slot, pixel * ownWidth + run.to, pixel * width + run.from, run.length, 1);
        }
      }
      continue;
    }
    const fromColumns = from.at(-2) ?? 1;
    map.rows.forEach((rows, row) => {
      map.columns.forEach((columns, column) => {
        const target = (row * map.columns.length + column) * ownWidth;
        for (const y of rows) {
          for (const x of columns) {
            const factor = y.factor * x.factor;
            if (factor === 0) continue;
            const source = (y.at * fromColumns + x.at) * width;
            for (const run of map.channels) visit(map.slot, target + run.to, source + run.from, run.length, factor);
          }
        }
      });
    });
  }
}

/**
 * The sources of a value's channels: one for each time a map reaches a channel, and each only once for maps of single elements.
 *
 * @param inputs shapes of the node's inputs
 */
export function channelSources(
  maps: readonly ElementMap[],
  inputs: readonly Shape[],
  channels: number,
): readonly (readonly { readonly slot: number; readonly channel: number }[])[] {
  const sources = Array.from({ length: channels }, (): { slot: number; channel: number }[] => []);
  for (const map of maps) {
    if (map.kind === 'order') continue;
    if (map.kind === 'elements') {
      const { slot } = map;
      channelsReached(map.sources, channels, channelsOf(inputs[slot] ?? [])).forEach((reached, to) => {
        for (const channel of reached) sources[to]?.push({ slot, channel });
      });
      continue;
    }
    for (const { to, from, length } of map.channels) {
      for (let i = 0; i < length; i += 1) sources[to + i]?.push({ slot: map.slot, channel: from + i });
    }
  }
  return sources;
}

/** For each channel of a value, the channels of the input that its elements are from. */
function channelsReached(sources: Int32Array, channels: number, width: number): readonly ReadonlySet<number>[] {
  const reached = Array.from({ length: channels }, () => new Set<number>());
  sources.forEach((source, i) => {
    if (source >= 0) reached[i % channels]?.add(source % width);
  });
  return reached;
}
