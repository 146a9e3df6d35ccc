import type { Network, NetworkNode, NetworkProblem, NeuronDefinition, Registry } from '@rheobase/network';
import { analogHead, integerRuleProblem, operationOf, parametersUsedBy } from '@rheobase/network';

/** Why nodes of a network cannot be rewritten in integers; empty if all can. */
export function integerRefusals(network: Network, neurons: Registry<NeuronDefinition>): readonly NetworkProblem[] {
  const head = analogHead(network);
  return network.nodes.flatMap((node) => {
    // It stays in float32.
    if (head.has(node.name)) return [];
    const typed = parametersUsedBy(node).find((name) => {
      const parameter = network.parameters.get(name);
      return parameter?.type !== 'float32' && parameter?.role !== 'indices';
    });
    const message =
      reasonOf(node, neurons) ?? (typed === undefined ? undefined : `its parameter '${typed}' is not float32`);
    return message === undefined ? [] : [{ subject: node.name, message }];
  });
}

function reasonOf(node: NetworkNode, neurons: Registry<NeuronDefinition>): string | undefined {
  if (node.op !== 'neuron') return operationOf(node).notToInteger?.(node);
  if (node.spikeValue !== undefined) return 'its spikes are worth one already';
  return integerRuleProblem(node.neuron.kind, neurons);
}
