import type { Network, NodeOf, Registry } from '@rheobase/network';
import { assertValid, knownNeurons, modelSpec, NetworkError, scalarParameter } from '@rheobase/network';
import { fittingOf } from './fitting-of.js';
import type { FittedNeuron, NeuronChoice, NeuronFitting } from './neuron-fitting.js';

/**
 * Replaces the model of every neuron of a spiking network. θ, V(0) and all weights stay the same, and so does their calibration.
 *
 * @throws {NetworkError} if the network is not well-formed; or naming a neuron whose parameters are not those of the model, or which the model cannot
 *   replace.
 * @throws if the model is unknown.
 */
export function withNeuron(
  network: Network,
  choice: Omit<NeuronChoice, 'parameters'>,
  neurons: Registry<FittedNeuron> = knownNeurons,
): Network {
  assertValid(network);
  const fitting = fittingOf(choice.kind, neurons);
  const nodes = network.nodes.map((node) => (node.op === 'neuron' ? replaced(node, choice, fitting) : node));
  return assertValid({ ...network, nodes });
}

function replaced(
  node: NodeOf<'neuron'>,
  { kind, attributes = {} }: Omit<NeuronChoice, 'parameters'>,
  fitting: NeuronFitting,
): NodeOf<'neuron'> {
  const fail = (message: string): never => {
    throw new NetworkError([{ subject: node.name, message }]);
  };
  if (fitting.range === 'signed') fail(`the neuron '${kind}' represents a signed activation, but this one does not`);
  const meaning = { range: 'non-negative', threshold: scalarParameter('threshold', 1) } as const;
  const fitted = fitting.fit({ meaning, initialPotential: 'half-threshold', parameters: {}, attributes });
  if ('refused' in fitted) return fail(fitted.refused);
  const [own, wanted] = [node.neuron.parameters, fitted.parameters ?? {}].map((parts) =>
    Object.keys(parts).toSorted().join(', '),
  );
  if (own !== wanted) return fail(`it has the parameters ${own}, but the neuron '${kind}' takes ${wanted}`);
  return { ...node, neuron: modelSpec(fitted.kind, node.neuron.parameters, fitted.attributes) };
}
