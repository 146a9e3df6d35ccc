import type { NodeOf } from '@rheobase/network';
import { float32Parameter, shapeAt } from '@rheobase/network';
import { boundsByChannel } from './input-bound.js';
import { rangeOf } from './integer-report.js';
import type { IntegerValue } from './integer-value.js';
import { quantizedLimit, type Rewriting } from './rewriting.js';

/** An input is quantized once, to 11-bit integers. */
export function inputValue({ written, inputs, inputBound }: Rewriting, node: NodeOf<'input'>): IntegerValue {
  written.add(node);
  const bounds = boundsByChannel(inputBound, node);
  const { source, clipped } = inputBound;
  inputs.set(node.name, {
    node: node.name,
    maximum: rangeOf(bounds),
    source,
    ...(clipped !== undefined && { clipped }),
  });
  const name = written.freshName(`${node.name}.quantize`);
  const steps = Float32Array.from(bounds, (maximum) => maximum / quantizedLimit);
  const isUniform = steps.every((step) => step === steps[0]);
  const step = float32Parameter('scale', isUniform ? [] : [steps.length], isUniform ? steps.slice(0, 1) : steps);
  written.add({
    op: 'quantize',
    name,
    inputs: [node.name],
    step: written.place(`${name}.step`, step),
    limit: quantizedLimit,
  });
  return {
    node: name,
    unit: Float64Array.from(steps),
    magnitude: new Float64Array(steps.length).fill(quantizedLimit),
    grain: 'analog',
  };
}

/** An output is multiplied by its unit, which makes it a real number again. */
export function outputValue({ written, shapes, valueOf }: Rewriting, node: NodeOf<'output'>): IntegerValue {
  const value = valueOf(node.inputs[0]);
  const shape = value.unitByElement === undefined ? [value.unit.length] : shapeAt(shapes, node.name);
  const name = written.freshName(`${node.name}.scale`);
  const factors = float32Parameter('scale', shape, Float32Array.from(value.unitByElement ?? value.unit));
  written.add({ op: 'scale', name, inputs: [value.node], factor: written.place(`${name}.factor`, factors) });
  written.add({ ...node, inputs: [name] });
  return { ...value, node: node.name };
}
