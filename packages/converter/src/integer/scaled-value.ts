import type { ScaleNode } from '@rheobase/network';
import { broadcast, parameterOf, shapeAt, spread } from '@rheobase/network';
import type { IntegerValue } from './integer-value.js';
import { byElement, fromElements } from './moved-value.js';
import type { Rewriting } from './rewriting.js';

/** A product with constants: their magnitudes go into the units, so that integers are multiplied by 1, −1 and 0 alone, and nothing is rounded. */
export function scaledValue({ network, valueOf, shapes, written }: Rewriting, node: ScaleNode): IntegerValue {
  const [input] = node.inputs;
  const value = valueOf(input);
  const shape = shapeAt(shapes, node.name);
  const factors = broadcast(parameterOf(network, node.factor), shape);
  const signs = spread({ shape, data: Float64Array.from(factors, Math.sign) }, shape);
  const factor = written.place(node.factor, {
    role: 'scale',
    type: 'int32',
    shape: signs.per === 'channel' ? shape.slice(-1) : shape,
    data: Int32Array.from(signs.data),
  });
  written.add({ ...node, inputs: [value.node], factor });
  const { unit, magnitude } = byElement(value, shape);
  return fromElements(
    node.name,
    shape,
    unit.map((own, i) => own * Math.abs(factors[i] ?? 0)),
    magnitude.map((most, i) => (factors[i] === 0 ? 0 : most)),
    signs.data.every((sign) => sign >= 0) ? value.grain : 'analog',
  );
}
