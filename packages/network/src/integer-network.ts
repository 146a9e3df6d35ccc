import { analogHead } from './analog-head.js';
import type { Network, NetworkProblem } from './network.js';
import { consumersOf, NetworkError } from './network.js';
import { knownNeurons } from './neuron-definitions.js';
import type { DescribedNeuron, NeuronDefinition } from './neuron-dynamics.js';
import { findDescribed } from './neuron-dynamics.js';
import { isSpiking } from './node-kinds.js';
import type { NetworkNode, NeuronNode } from './node.js';
import { operationOf } from './operations/operations.js';
import { ownValue } from './own-value.js';
import type { ParameterType } from './parameter.js';
import type { Registry } from './registry.js';

/** Whether a network's neurons compute in integers: their spike value is 1 and they have integer thresholds, as `toInteger` of \@rheobase/converter sets them. */
export function isIntegerNetwork(network: Network): boolean {
  const neurons = network.nodes.filter((node) => node.op === 'neuron');
  return (
    neurons.every((node) => node.spikeValue === 'one') && neurons.some((node) => hasIntegerThreshold(network, node))
  );
}

/** Whether a neuron's threshold is an integer, as in an integer network. */
export function hasIntegerThreshold({ parameters }: Network, { neuron }: NeuronNode): boolean {
  return parameters.get(neuron.parameters['threshold'] ?? '')?.type === 'int32';
}

/**
 * Why a network is not an integer network, node by node; an empty list if it is one. In an integer network every value is an integer from the
 * `quantize` after each input to the float32 `scale` before each output, and before the analog head, which stays in float32.
 */
export function integerProblems(
  network: Network,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): readonly NetworkProblem[] {
  const consumers = consumersOf(network);
  const head = analogHead(network);
  const problems = network.nodes.flatMap((node) => {
    if (head.has(node.name)) return [];
    const readers = (consumers.get(node.name) ?? []).filter(({ name }) => !head.has(name));
    return problemsAt(node, network, readers, neurons).map((message) => ({ subject: node.name, message }));
  });
  if (isSpiking(network)) return problems;
  return [...problems, { subject: 'network', message: 'it has no neurons' }];
}

/** Why a neuron has no integer rule; undefined if it has one, as every neuron with a descriptor does (docs/decisions/0011 and 0033). */
export function integerRuleProblem(kind: string, neurons: Registry<NeuronDefinition>): string | undefined {
  if (findDescribed(kind, neurons) !== undefined) return undefined;
  const able = neurons.names.filter((name) => neurons.get(name).dynamics !== undefined);
  return `its neuron '${kind}' has no integer rule; those that have: ${able.join(', ')}`;
}

/**
 * The definition of a neuron of an integer network.
 *
 * @throws {NetworkError} if it has no integer rule.
 */
export function integerNeuron({ name, neuron }: NeuronNode, neurons: Registry<NeuronDefinition>): DescribedNeuron {
  const found = findDescribed(neuron.kind, neurons);
  if (found !== undefined) return found;
  throw new NetworkError([{ subject: name, message: integerRuleProblem(neuron.kind, neurons) ?? '' }]);
}

function problemsAt(
  node: NetworkNode,
  network: Network,
  readers: readonly NetworkNode[],
  neurons: Registry<NeuronDefinition>,
): readonly string[] {
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
    const problem = integerRuleProblem(kind, neurons);
    const leak = findDescribed(kind, neurons)?.dynamics.leak;
    return [
      ...(problem === undefined ? [] : [problem]),
      ...(node.spikeValue === 'one' ? [] : ['its spikes are worth θ, not one']),
      ...expectType(parameters['threshold'], 'threshold', 'int32'),
      ...expectType(parameters['initialPotential'], 'initialPotential', 'int32'),
      ...expectType(node.stepBias, 'stepBias', 'int32'),
      ...(leak === undefined ? [] : expectType(ownValue(parameters, leak), leak, 'float32')),
    ];
  }
  const operation = operationOf(node);
  if (operation.integer === false) return ['it has no integer rule'];
  return operation.integerProblems?.(node, { readers, expectType }) ?? [];
}
