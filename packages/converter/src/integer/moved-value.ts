import type { GatherNode, NetworkNode, Shape } from '@rheobase/network';
import {
  broadcast,
  channelSources,
  forEachRun,
  mapsOf,
  parameterOf,
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
  const { unit, magnitude } = byElement(value, from);
  return fromElements(node.name, to, unit, magnitude, value.grain);
}

/** Elements of a value in another order. */
export function gatheredValue({ network, valueOf, shapes, written }: Rewriting, node: GatherNode): IntegerValue {
  const [input] = node.inputs;
  const value = valueOf(input);
  const { unit, magnitude } = byElement(value, shapeAt(shapes, input));
  written.keep(
    withInputs(node, () => value.node),
    network.parameters,
  );
  const sources = parameterOf(network, node.indices).data;
  return fromElements(
    node.name,
    shapeAt(shapes, node.name),
    Float64Array.from(sources, (at) => (at < 0 ? 0 : (unit[at] ?? 0))),
    Float64Array.from(sources, (at) => (at < 0 ? 0 : (magnitude[at] ?? 0))),
    value.grain,
  );
}

/** The unit and magnitude of each element of a value. */
export function byElement(
  { unit, unitByElement, magnitude }: IntegerValue,
  shape: Shape,
): Readonly<Record<'unit' | 'magnitude', Float64Array>> {
  const perElement = (data: Float64Array) => broadcast({ shape: [data.length], data }, shape);
  return { unit: unitByElement ?? perElement(unit), magnitude: perElement(magnitude) };
}

/** A value from the units and magnitudes of its elements: with one unit per channel where they agree. An element that is always 0 takes that of its channel. */
export function fromElements(
  node: string,
  shape: Shape,
  units: Float64Array,
  magnitudes: Float64Array,
  grain: IntegerValue['grain'],
): IntegerValue {
  const channels = shape.at(-1) ?? 1;
  const ofChannel = new Float64Array(channels);
  units.forEach((own, i) => (ofChannel[i % channels] ||= own));
  const filled = units.map((own, i) => own || (ofChannel[i % channels] ?? 0));
  const unit = spread({ shape, data: filled }, shape);
  const magnitude = new Float64Array(channels);
  magnitudes.forEach((most, i) => {
    magnitude[i % channels] = Math.max(magnitude[i % channels] ?? 0, most);
  });
  return unit.per === 'element'
    ? { node, unit: new Float64Array(channels).fill(Number.NaN), unitByElement: filled, magnitude, grain }
    : { node, unit: unit.data, magnitude, grain };
}
