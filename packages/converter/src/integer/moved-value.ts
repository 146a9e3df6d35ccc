import type { NodeOf } from '@rheobase/network';
import { broadcast, sameShape, shapeAt, spread } from '@rheobase/network';
import { type IntegerValue, joinedChannels, movedChannels } from './integer-value.js';
import { type Rewriting, uniformValue } from './rewriting.js';

/** Values joined along the channel axis, each with its own units. */
export function concatenatedValue(rewriting: Rewriting, node: NodeOf<'concat'>): IntegerValue {
  const values = node.inputs.map((name) => uniformValue(rewriting, name, node));
  rewriting.written.add({ ...node, inputs: values.map((value) => value.node) });
  return joinedChannels(values, node.name);
}

/** A value whose elements only change their place, or of which the greatest remain. */
export function movedValue(
  rewriting: Rewriting,
  node: NodeOf<'split' | 'channelShuffle' | 'pad' | 'subsample' | 'upsample' | 'maxPool'>,
): IntegerValue {
  const value = uniformValue(rewriting, node.inputs[0], node);
  rewriting.written.add({ ...node, inputs: [value.node] });
  const channels = shapeAt(rewriting.shapes, node.name).at(-1) ?? 1;
  const from = (source: (channel: number) => number | undefined) => movedChannels(value, node.name, channels, source);
  switch (node.op) {
    case 'split': {
      const begin = node.sizes.slice(0, node.part).reduce((total, size) => total + size, 0);
      return from((c) => begin + c);
    }
    case 'channelShuffle': {
      const perGroup = channels / node.groups;
      return from((c) => (c % node.groups) * perGroup + Math.floor(c / node.groups));
    }
    case 'pad': {
      const last = node.channels.before + value.unit.length;
      return from((c) => (c < node.channels.before || c >= last ? undefined : c - node.channels.before));
    }
    default:
      return { ...value, node: node.name };
  }
}

/** A value in another shape; its units follow the elements where channels no longer hold together. */
export function rearrangedValue(
  { valueOf, shapes, written }: Rewriting,
  node: NodeOf<'flatten' | 'reshape'>,
): IntegerValue {
  const value = valueOf(node.inputs[0]);
  const [from, to] = [shapeAt(shapes, node.inputs[0]), shapeAt(shapes, node.name)];
  written.add({ ...node, inputs: [value.node] });
  if (sameShape(from, to)) return { ...value, node: node.name };
  const [before, after] = [value.unit.length, to.at(-1) ?? 1];
  const perElement = (data: Float64Array) => broadcast({ shape: [before], data }, from);
  const unitOf = value.unitByElement ?? perElement(value.unit);
  const unit = spread({ shape: to, data: unitOf }, to);
  const magnitude = new Float64Array(after);
  perElement(value.magnitude).forEach((most, i) => {
    magnitude[i % after] = Math.max(magnitude[i % after] ?? 0, most);
  });
  const { grain } = value;
  return unit.per === 'element'
    ? { node: node.name, unit: new Float64Array(after).fill(Number.NaN), unitByElement: unitOf, magnitude, grain }
    : { node: node.name, unit: unit.data, magnitude, grain };
}
