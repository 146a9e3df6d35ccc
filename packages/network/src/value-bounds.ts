import type { ElementMap } from './element-map.js';
import { channelSources, channelsOf } from './element-map.js';
import type { Shape } from './shape.js';
import { sizeOf } from './shape.js';

/** Lower and upper bounds of each channel of a node (the last axis of its shape) at a time step, `[C]`. */
export interface ValueBounds {
  readonly least: Float64Array;
  readonly greatest: Float64Array;
}

/** An input of a node, and its bounds. */
export interface Bounded {
  readonly shape: Shape;
  readonly bounds: ValueBounds;
}

/** The same bounds for every channel. */
export function everyChannel(shape: Shape, least: number, greatest: number): ValueBounds {
  const channels = channelsOf(shape);
  return { least: new Float64Array(channels).fill(least), greatest: new Float64Array(channels).fill(greatest) };
}

export const eachBound = ({ least, greatest }: ValueBounds, change: (value: number) => number): ValueBounds => ({
  least: least.map(change),
  greatest: greatest.map(change),
});

export const boundsOfSum = (a: ValueBounds, b: ValueBounds): ValueBounds => ({
  least: a.least.map((value, c) => value + (b.least[c] ?? 0)),
  greatest: a.greatest.map((value, c) => value + (b.greatest[c] ?? 0)),
});

export const withZero = ({ least, greatest }: ValueBounds): ValueBounds => ({
  least: least.map((value) => Math.min(value, 0)),
  greatest: greatest.map((value) => Math.max(value, 0)),
});

/** @param factors one per element, channels fastest */
export function scaledBounds(bounds: ValueBounds, factors: Float64Array, channels: number): ValueBounds {
  const least = new Float64Array(channels).fill(Infinity);
  const greatest = new Float64Array(channels).fill(-Infinity);
  factors.forEach((by, i) => {
    const c = i % channels;
    const ends = [(bounds.least[c] ?? 0) * by, (bounds.greatest[c] ?? 0) * by];
    least[c] = Math.min(least[c] ?? 0, ...ends);
    greatest[c] = Math.max(greatest[c] ?? 0, ...ends);
  });
  return { least, greatest };
}

/** Bounds of a value whose elements are each one of their sources, or zero without any. */
export function movedBounds(maps: readonly ElementMap[], inputs: readonly Bounded[], to: Shape): ValueBounds {
  const [map] = maps;
  if (map?.kind === 'order') return rearrangedBounds(inputs[map.slot], to);
  const covered = new Float64Array(channelsOf(to));
  for (const part of maps) {
    if (part.kind === 'order') continue;
    if (part.kind === 'elements') {
      part.sources.forEach((source, i) => {
        const c = i % covered.length;
        if (source >= 0) covered[c] = (covered[c] ?? 0) + 1;
      });
      continue;
    }
    const reached = (axis: readonly (readonly unknown[])[]) => axis.filter(({ length }) => length > 0).length;
    const pixels = part.kind === 'image' ? reached(part.rows) * reached(part.columns) : sizeOf(to) / covered.length;
    for (const run of part.channels) {
      for (let c = run.to; c < run.to + run.length; c += 1) covered[c] = (covered[c] ?? 0) + pixels;
    }
  }
  const sources = channelSources(
    maps,
    inputs.map(({ shape }) => shape),
    covered.length,
  );
  const bound = (end: keyof ValueBounds, choose: (a: number, b: number) => number) =>
    covered.map((pixels, c) =>
      (sources[c] ?? [])
        .map(({ slot, channel }) => inputs[slot]?.bounds[end][channel] ?? 0)
        .concat(pixels < sizeOf(to) / covered.length ? [0] : [])
        .reduce(choose),
    );
  return {
    least: bound('least', (a, b) => Math.min(a, b)),
    greatest: bound('greatest', (a, b) => Math.max(a, b)),
  };
}

/** Bounds of a reshaped value: per element in a vector, over all elements if channels get mixed. */
function rearrangedBounds(input: Bounded | undefined, to: Shape): ValueBounds {
  if (input === undefined) return everyChannel(to, 0, 0);
  const { least, greatest } = input.bounds;
  const [from, channels] = [least.length, channelsOf(to)];
  if (channels === sizeOf(input.shape) || channels === from) {
    const repeat = (values: Float64Array) => new Float64Array(channels).map((_, i) => values[i % from] ?? 0);
    return { least: repeat(least), greatest: repeat(greatest) };
  }
  return everyChannel(
    to,
    least.reduce((a, b) => Math.min(a, b), Infinity),
    greatest.reduce((a, b) => Math.max(a, b), -Infinity),
  );
}
