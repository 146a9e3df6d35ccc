import type { Network } from '@rheobase/network';
import { constantParameter, modelSpec, withoutUnusedParameters } from '@rheobase/network';
import { tinyNetwork } from './tiny-task.fixture.js';

/** The tiny network with its batch norms left out and neurons at its sites. */
export function tinySpikingNetwork(): Network {
  const source = tinyNetwork();
  const parameters = new Map(source.parameters);
  const instead = new Map(
    source.nodes.flatMap((node) => (node.op === 'batchNorm' ? [[node.name, node.inputs[0]]] : [])),
  );
  const nodes = source.nodes
    .filter(({ op }) => op !== 'batchNorm')
    .map((node) => {
      if (node.op !== 'activation') return node;
      parameters.set(`${node.name}.theta`, constantParameter('threshold', [], 1));
      parameters.set(`${node.name}.v0`, constantParameter('initialPotential', [], 0.5));
      const { name, inputs } = node;
      return {
        op: 'neuron' as const,
        name,
        inputs: [instead.get(inputs[0]) ?? inputs[0]] as const,
        neuron: modelSpec('if', { threshold: `${name}.theta`, initialPotential: `${name}.v0` }),
      };
    });
  return withoutUnusedParameters({ ...source, nodes, parameters });
}
