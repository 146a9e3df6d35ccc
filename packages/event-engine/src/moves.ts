import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { forEachRun, mapsOf } from '@rheobase/network';
import type { Layout } from './plan.js';

/** `length` values copied from one array to another, times a factor. */
export interface Run {
  readonly to: number;
  readonly from: number;
  readonly length: number;
  readonly factor: number;
}

const shapeIn = ({ rows, columns, channels }: Layout): Shape => [rows, columns, channels];

/** The runs of a linear node without weights, per input. Values of the result without a run are zero; overlapping runs are summed. */
export function movesOf(
  { parameters }: Network,
  node: NetworkNode,
  inputs: readonly Layout[],
  to: Layout,
): readonly (readonly Run[])[] {
  const runs = inputs.map((): Run[] => []);
  const [shapes, shape] = [inputs.map(shapeIn), shapeIn(to)];
  forEachRun(mapsOf(node, shapes, shape, parameters), shapes, shape, (slot, first, source, length, factor) => {
    const from = inputs[slot];
    if (from === undefined) throw new Error(`'${node.name}' has no input ${slot}.`);
    // Pixels have gaps between them, so a run ends at the end of a pixel.
    for (let i = 0; i < length; ) {
      const [into, out] = [(first + i) % to.channels, (source + i) % from.channels];
      const part = Math.min(length - i, to.channels - into, from.channels - out);
      runs[slot]?.push({
        to: Math.floor((first + i) / to.channels) * to.pitch + into,
        from: Math.floor((source + i) / from.channels) * from.pitch + out,
        length: part,
        factor,
      });
      i += part;
    }
  });
  return runs;
}
