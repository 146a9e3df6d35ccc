import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';

/**
 * A part of a network's value on its way into NIR: a NIR node's value seen through a stride and a choice of channels, times a gain. What a spike is
 * worth is a gain until weights take it up.
 */
export interface Term {
  /** The NIR node. */
  readonly node: string;
  /** Shape of that node's value in the network, `[H, W, C]` or `[N]`. */
  readonly from: Shape;
  readonly stride: readonly [number, number];
  /** For each channel, that of the node it is taken from; −1: none. Absent: all as they are. */
  readonly channels?: Int32Array;
  /** One number for each element of the value, in the network's order. */
  readonly gain: Float64Array;
}

/** A value as the sum of terms: where edges meet, NIR adds. */
export interface Terms {
  /** In the network. */
  readonly shape: Shape;
  /** Of a vector that was an image: the image's shape in the network. */
  readonly image?: Shape;
  readonly terms: readonly Term[];
}

export const wholeTerm = (
  node: string,
  shape: Shape,
  gain: Float64Array = new Float64Array(sizeOf(shape)).fill(1),
): Term => ({
  node,
  from: shape,
  stride: [1, 1],
  gain,
});

export const isWhole = ({ channels, stride }: Term): boolean => channels === undefined && stride[0] * stride[1] === 1;

/** The gain of each channel, if it is the same at every pixel. */
export function gainPerChannel({ gain }: Term, channels: number): Float64Array | undefined {
  return gain.every((x, i) => x === gain[i % channels]) ? gain.slice(0, channels) : undefined;
}

/** A value of which every channel is one of another value's, or zero (−1), at every `stride`-th pixel. */
export function selected(
  { terms, shape: before }: Terms,
  shape: Shape,
  stride: readonly [number, number],
  channels: Int32Array,
): Terms {
  const [, width = 1, depth = 1] = shape;
  const [, columns = 1, own = 1] = before;
  return {
    shape,
    terms: terms.map((term) => ({
      ...term,
      stride: [term.stride[0] * stride[0], term.stride[1] * stride[1]],
      channels: channels.map((channel) => (channel < 0 ? -1 : (term.channels?.[channel] ?? channel))),
      gain: Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
        const channel = channels[i % depth] ?? -1;
        const pixel = Math.floor(i / depth);
        const [row, column] = [Math.floor(pixel / width) * stride[0], (pixel % width) * stride[1]];
        return channel < 0 ? 0 : (term.gain[(row * columns + column) * own + channel] ?? 0);
      }),
    })),
  };
}

/** The sum of values. The same node seen in the same way becomes one term, as NIR's edges are a set. */
export function sumOfTerms(values: readonly Terms[]): readonly Term[] {
  const merged = new Map<string, Term>();
  for (const term of values.flatMap(({ terms }) => terms)) {
    const key = JSON.stringify([term.node, term.stride, term.channels === undefined ? 'all' : [...term.channels]]);
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined ? term : { ...term, gain: term.gain.map((x, i) => x + (before.gain[i] ?? 0)) },
    );
  }
  return [...merged.values()];
}
