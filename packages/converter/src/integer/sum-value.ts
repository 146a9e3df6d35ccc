import type { AddNode } from '@rheobase/network';
import type { ChannelUnit } from './integer-units.js';
import { type IntegerValue, roundHalfUp } from './integer-value.js';
import { type Rewriting, uniformValue } from './rewriting.js';

/** An addition with all addends in the units of the sum. */
export function sumValue(rewriting: Rewriting, node: AddNode): IntegerValue {
  const { sums, valueOf, written } = rewriting;
  const chosen = rewriting.unitsOf(sums.of(node));
  const seen = new Map<string, IntegerValue>();
  const values = node.inputs.map((name) => {
    const known = seen.get(name);
    if (known !== undefined) return known;
    const value = sums.isOther(name)
      ? inUnits(rewriting, uniformValue(rewriting, name, node), chosen, `${node.name}.${name}`)
      : valueOf(name);
    seen.set(name, value);
    return value;
  });
  written.add({ ...node, inputs: values.map((value) => value.node) });
  return {
    node: node.name,
    unit: Float64Array.from(chosen, ({ unit }) => unit),
    magnitude: Float64Array.from(chosen, (_, c) =>
      values.reduce((total, { magnitude }) => total + (magnitude[c] ?? 0), 0),
    ),
    grain: values.every(({ grain }) => grain === 'spikes') ? 'spikes' : 'analog',
  };
}

/** A value converted to the units of a sum. */
export function inUnits(
  { written }: Rewriting,
  value: IntegerValue,
  chosen: readonly ChannelUnit[],
  stem: string,
): IntegerValue {
  const factors = chosen.map(({ unit }, c) => {
    const own = value.unit[c] ?? 0;
    return own === 0 ? 1 : roundHalfUp(own / unit);
  });
  const unit = Float64Array.from(chosen, (channel) => channel.unit);
  if (factors.every((factor) => factor === 1)) return { ...value, unit };
  return {
    node: written.multiply(stem, value.node, [factors.length], factors),
    unit,
    magnitude: value.magnitude.map((most, c) => most * (factors[c] ?? 1)),
    grain: 'analog',
  };
}
