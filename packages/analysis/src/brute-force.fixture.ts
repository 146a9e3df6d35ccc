import type { Network, NetworkNode, Parameter, Shape } from '@rheobase/network';
import {
  constantParameter,
  isWeighted,
  parameterOf,
  parametersUsedBy,
  shapeAt,
  sizeOf,
  withInputs,
} from '@rheobase/network';
import { referenceForward } from '@rheobase/testing';

/** [to][slot][from]: how often each input element enters each element of a node's value. */
export type Multiplicity = readonly (readonly Float64Array[])[];

/** The node alone, as a network with one input for each it reads; weights are ones, and there is no bias. */
function alone(network: Network, node: NetworkNode, shapes: ReadonlyMap<string, Shape>): Network {
  const names = node.inputs.map((_, slot) => `input${slot}`);
  const inputs = names.map((name, slot): NetworkNode => {
    return { op: 'input', name, inputs: [], shape: shapeAt(shapes, node.inputs[slot] ?? '') };
  });
  const parameters = new Map<string, Parameter>();
  const [first = ''] = names;
  let copy: NetworkNode;
  if (isWeighted(node)) {
    parameters.set('ones', constantParameter('weight', parameterOf(network, node.weight).shape, 1));
    const { bias: _, ...rest } = node;
    copy = { ...rest, inputs: [first], weight: 'ones' };
  } else if (node.op === 'add' || node.op === 'concat') {
    copy = { ...node, inputs: names };
  } else if (node.op === 'input') {
    throw new Error('an input reads nothing');
  } else {
    copy = withInputs(node, () => first);
    for (const name of parametersUsedBy(node)) parameters.set(name, parameterOf(network, name));
  }
  const output: NetworkNode = { op: 'output', name: 'result', inputs: [node.name] };
  return { nodes: [...inputs, copy, output], parameters, metadata: {} };
}

/** Found by feeding one unit at a time to a slow reference of the node; averages count each element they read once. */
export function multiplicityOf(network: Network, node: NetworkNode, shapes: ReadonlyMap<string, Shape>): Multiplicity {
  const single = alone(network, node, shapes);
  const weighted = isWeighted(node);
  const sizes = node.inputs.map((name) => sizeOf(shapeAt(shapes, name)));
  const result = Array.from({ length: sizeOf(shapeAt(shapes, node.name)) }, () =>
    sizes.map((size) => new Float64Array(size)),
  );
  sizes.forEach((size, slot) => {
    for (let from = 0; from < size; from += 1) {
      const fed = new Map(sizes.map((other, i) => [`input${i}`, new Float64Array(other)]));
      fed.get(`input${slot}`)?.fill(1, from, from + 1);
      const value = referenceForward(single, fed).get('result') ?? [];
      value.forEach((x, to) => result[to]?.[slot]?.fill(weighted ? x : Number(x !== 0), from, from + 1));
    }
  });
  return result;
}
