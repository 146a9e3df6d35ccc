import type { Network, NetworkProblem } from './network.js';
import { consumersOf } from './network.js';
import type { NetworkNode } from './node.js';
import { operationOf } from './operations/operations.js';
import type { ParameterType } from './parameter.js';

/** The neuron kinds whose steps are defined in whole numbers; docs/decisions/0011 has the rule of each. */
export const integerNeuronKinds = [
  'if',
  'if-shift',
  'if-hard',
  'lif',
  'signed-if',
  'compensating-if',
  'burst',
] as const;

/** Whether a network's neurons compute in whole numbers: their spikes count one, as `toInteger` of \@rheobase/converter makes them. */
export function isIntegerNetwork(network: Network): boolean {
  const neurons = network.nodes.filter((node) => node.op === 'neuron');
  return neurons.length > 0 && neurons.every((node) => node.spikeValue === 'one');
}

/**
 * Why a network is no integer network, node by node; an empty list if it is one. In an integer network every value is a whole
 * number from the `quantize` behind each input to the float32 `scale` before each output.
 */
export function integerProblems(network: Network): readonly NetworkProblem[] {
  const consumers = consumersOf(network);
  const problems = network.nodes.flatMap((node) =>
    problemsAt(node, network, consumers.get(node.name) ?? []).map((message) => ({ subject: node.name, message })),
  );
  if (network.nodes.some(({ op }) => op === 'neuron')) return problems;
  return [...problems, { subject: 'network', message: 'it has no neurons' }];
}

function problemsAt(node: NetworkNode, network: Network, readers: readonly NetworkNode[]): readonly string[] {
  const expectType = (
    name: string | undefined,
    part: string,
    ...types: readonly ParameterType[]
  ): readonly string[] => {
    const type = name === undefined ? undefined : network.parameters.get(name)?.type;
    return type === undefined || types.includes(type)
      ? []
      : [`its ${part} '${name}' is ${type}, not ${types.join(' or ')}`];
  };
  if (node.op === 'neuron') {
    const { kind, parameters } = node.neuron;
    return [
      ...(integerNeuronKinds.some((known) => known === kind)
        ? []
        : [`its neuron '${kind}' has no rule in whole numbers; those that have: ${integerNeuronKinds.join(', ')}`]),
      ...(node.spikeValue === 'one' ? [] : ['its spikes are worth θ, not one']),
      ...expectType(parameters['threshold'], 'threshold', 'int32'),
      ...expectType(parameters['initialPotential'], 'initialPotential', 'int32'),
      ...expectType(parameters['leak'], 'leak', 'float32'),
    ];
  }
  const operation = operationOf(node);
  if (operation.integer === false) return ['it has no rule in whole numbers'];
  return operation.integerProblems?.(node, { readers, expectType }) ?? [];
}
