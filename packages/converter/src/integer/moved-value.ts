import type { NetworkNode } from '@rheobase/network';
import {
  broadcast,
  channelSources,
  forEachRun,
  mapsOf,
  sameShape,
  shapeAt,
  sizeOf,
  spread,
  withInputs,
} from '@rheobase/network';
import type { IntegerValue } from './integer-value.js';
import { type Rewriting, uniformValue } from './rewriting.js';

/**
 * A value whose elements are only moved or selected (maximum): its units move along the maps of the operation. Elements without a source are always
 * zero.
 */
export function movedValue(rewriting: Rewriting, node: NetworkNode): IntegerValue {
  const { network, shapes, written } = rewriting;
  const shape = shapeAt(shapes, node.name);
  const inputs = node.inputs.map((name) => shapeAt(shapes, name));
  const maps = mapsOf(node, inputs, shape, network.parameters);
  if (maps.every(({ kind }) => kind === 'order')) return rearrangedValue(rewriting, node);
  const values = node.inputs.map((name) => uniformValue(rewriting, name, node));
  const unitOf = (slot: number, channel: number): number => values[slot]?.unit[channel] ?? 0;
  written.add(withInputs(node, (name) => uniformValue(rewriting, name, node).node));

  const sources = channelSources(maps, inputs, shape.at(-1) ?? 1);
  const units = sources.map((from) =>
    from.map(({ slot, channel }) => unitOf(slot, channel)).filter((unit) => unit !== 0),
  );
  const moved: IntegerValue = {
    node: node.name,
    unit: Float64Array.from(units, ([unit = 0]) => unit),
    magnitude: Float64Array.from(sources, (from) =>
      from.reduce((most, { slot, channel }) => Math.max(most, values[slot]?.magnitude[channel] ?? 0), 0),
    ),
    grain: values.every(({ grain }) => grain === 'spikes') ? 'spikes' : 'analog',
  };
  if (units.every((all) => all.every((unit) => unit === all[0]))) return moved;
  const unitByElement = new Float64Array(sizeOf(shape));
  forEachRun(maps, inputs, shape, (slot, to, from, length) => {
    const channels = inputs[slot]?.at(-1) ?? 1;
    for (let i = 0; i < length; i += 1) unitByElement[to + i] = unitOf(slot, (from + i) % channels);
  });
  return { ...moved, unit: new Float64Array(units.length).fill(Number.NaN), unitByElement };
}

/** A reshaped value; it has units per element if channels get split up. */
function rearrangedValue({ valueOf, shapes, written }: Rewriting, node: NetworkNode): IntegerValue {
  const [input = ''] = node.inputs;
  const value = valueOf(input);
  const [from, to] = [shapeAt(shapes, input), shapeAt(shapes, node.name)];
  written.add(withInputs(node, () => value.node));
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
