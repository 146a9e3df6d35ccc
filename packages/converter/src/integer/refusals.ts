import type { Network, NetworkNode, NetworkProblem, NeuronDefinition, Registry } from '@rheobase/network';
import { integerRuleProblem, parametersUsedBy } from '@rheobase/network';

/** Why nodes of a network cannot be rewritten in whole numbers; none where all of them can. */
export function integerRefusals(network: Network, neurons: Registry<NeuronDefinition>): readonly NetworkProblem[] {
  return network.nodes.flatMap((node) => {
    const typed = parametersUsedBy(node).find((name) => network.parameters.get(name)?.type !== 'float32');
    const message =
      reasonOf(node, neurons) ?? (typed === undefined ? undefined : `its parameter '${typed}' is no float32`);
    return message === undefined ? [] : [{ subject: node.name, message }];
  });
}

function reasonOf(node: NetworkNode, neurons: Registry<NeuronDefinition>): string | undefined {
  switch (node.op) {
    case 'batchNorm':
      return 'a batch norm; fold it into the layer before it first (foldBatchNorm)';
    case 'activation':
      return 'an analog activation; convert it to a neuron first (toSpiking)';
    case 'quantize':
    case 'scale':
      return 'it is of an integer network, or of one with its own quantization; only spiking networks in float32 can be rewritten';
    case 'upsample':
      return node.method === 'nearest' ? undefined : 'bilinear upsampling has no rule in whole numbers; use nearest';
    case 'avgPool':
      return node.divisor === 'none' ? 'it sums without dividing, as integer networks do' : undefined;
    case 'neuron':
      if (node.spikeValue !== undefined) return 'its spikes are worth one already';
      return integerRuleProblem(node.neuron.kind, neurons);
    default:
      return undefined;
  }
}
