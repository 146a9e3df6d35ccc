import type { NodeOf } from '@rheobase/network';
import { float32Parameter, scalarParameter, shapeAt } from '@rheobase/network';
import type { IntegerValue } from './integer-value.js';
import { quantizedLimit, type Rewriting } from './rewriting.js';

/** An input is quantized once, to whole numbers of 11 bits. */
export function inputValue({ written, inputMaximum }: Rewriting, node: NodeOf<'input'>): IntegerValue {
  written.add(node);
  const name = written.freshName(`${node.name}.quantize`);
  const step = scalarParameter('scale', inputMaximum / quantizedLimit);
  written.add({
    op: 'quantize',
    name,
    inputs: [node.name],
    step: written.place(`${name}.step`, step),
    limit: quantizedLimit,
  });
  const channels = node.shape.at(-1) ?? 1;
  return {
    node: name,
    unit: new Float64Array(channels).fill(step.data[0] ?? Number.NaN),
    magnitude: new Float64Array(channels).fill(quantizedLimit),
    grain: 'analog',
  };
}

/** An output is multiplied by its unit, and so a real number again. */
export function outputValue({ written, shapes, valueOf }: Rewriting, node: NodeOf<'output'>): IntegerValue {
  const value = valueOf(node.inputs[0]);
  const shape = value.unitByElement === undefined ? [value.unit.length] : shapeAt(shapes, node.name);
  const name = written.freshName(`${node.name}.scale`);
  const factors = float32Parameter('scale', shape, Float32Array.from(value.unitByElement ?? value.unit));
  written.add({ op: 'scale', name, inputs: [value.node], factor: written.place(`${name}.factor`, factors) });
  written.add({ ...node, inputs: [name] });
  return { ...value, node: node.name };
}
