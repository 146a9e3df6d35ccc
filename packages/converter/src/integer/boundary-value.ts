import type { Network, NodeOf } from '@rheobase/network';
import { analogHead, float32Parameter, shapeAt, withInputs } from '@rheobase/network';
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

/** A node that multiplies a value by its unit, which makes it a real number; its name. */
function realValue({ written, shapes, valueOf }: Rewriting, name: string, stem: string): string {
  const value = valueOf(name);
  const shape = value.unitByElement === undefined ? [value.unit.length] : shapeAt(shapes, name);
  const scale = written.freshName(`${stem}.scale`);
  const factors = float32Parameter('scale', shape, Float32Array.from(value.unitByElement ?? value.unit));
  written.add({ op: 'scale', name: scale, inputs: [value.node], factor: written.place(`${scale}.factor`, factors) });
  return scale;
}

/** An output is a real number again. */
export function outputValue(rewriting: Rewriting, node: NodeOf<'output'>): IntegerValue {
  rewriting.written.add({ ...node, inputs: [realValue(rewriting, node.inputs[0], node.name)] });
  return { ...rewriting.valueOf(node.inputs[0]), node: node.name };
}

/** Writes the analog head, which stays in float32. It reads real numbers of the body, and inputs as they are. */
export function writeHead(rewriting: Rewriting, network: Network): void {
  const { written, nodeNamed } = rewriting;
  const head = analogHead(network);
  const real = new Map<string, string>();
  for (const node of network.nodes) {
    if (!head.has(node.name)) continue;
    for (const input of node.inputs) {
      if (real.has(input)) continue;
      const asIs = head.has(input) || nodeNamed(input).op === 'input';
      real.set(input, asIs ? input : realValue(rewriting, input, input));
    }
    written.keep(
      withInputs(node, (name) => real.get(name) ?? name),
      network.parameters,
    );
  }
}
