import { analogHead } from './analog-head.js';
import { integerNeuron } from './integer-network.js';
import type { Network } from './network.js';
import { NetworkError, parameterOf } from './network.js';
import { knownNeurons } from './neuron-definitions.js';
import type { NeuronDefinition } from './neuron-dynamics.js';
import { spikeRange } from './neuron-dynamics.js';
import type { NetworkNode, NodeOf } from './node.js';
import { mapsOf, operationOf } from './operations/operations.js';
import type { Registry } from './registry.js';
import type { Shape } from './shape.js';
import { inferShapes, shapeAt } from './shape-inference.js';
import type { Bounded, ValueBounds } from './value-bounds.js';
import { everyChannel, movedBounds } from './value-bounds.js';

/**
 * Bounds of every node's value in an integer network, without its analog head, from its weights alone: they hold for all images and all spikes. They include zero wherever a
 * window can reach into padding. An engine uses them to choose how many bits its sums need.
 *
 * @throws {NetworkError} for an operation or a neuron that an integer network cannot have.
 */
export function integerBounds(
  network: Network,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): ReadonlyMap<string, ValueBounds> {
  const shapes = inferShapes(network);
  const bounds = new Map<string, ValueBounds>();
  const head = analogHead(network);
  for (const node of network.nodes) {
    if (head.has(node.name)) continue;
    const inputs = node.inputs.map((name) => ({ shape: shapeAt(shapes, name), bounds: boundsAt(bounds, name) }));
    bounds.set(node.name, boundsOf(node, network, inputs, shapeAt(shapes, node.name), neurons));
  }
  return bounds;
}

function boundsAt(bounds: ReadonlyMap<string, ValueBounds>, name: string): ValueBounds {
  const found = bounds.get(name);
  if (found === undefined) throw new NetworkError([{ subject: name, message: 'it has no bounds yet' }]);
  return found;
}

function boundsOf(
  node: NetworkNode,
  network: Network,
  inputs: readonly Bounded[],
  shape: Shape,
  neurons: Registry<NeuronDefinition>,
): ValueBounds {
  if (node.op === 'neuron') return everyChannel(shape, ...spikesOf(node, neurons));
  const operation = operationOf(node);
  if (operation.integer === false) {
    throw new NetworkError([
      {
        subject: node.name,
        message: `(${node.op}) an integer network cannot have it; convert the network with toInteger`,
      },
    ]);
  }
  return (
    operation.bounds?.(node, inputs, shape, (name) => parameterOf(network, name)) ??
    movedBounds(
      mapsOf(
        node,
        inputs.map((input) => input.shape),
        shape,
        network.parameters,
      ),
      inputs,
      shape,
    )
  );
}

function spikesOf(node: NodeOf<'neuron'>, neurons: Registry<NeuronDefinition>): ReturnType<typeof spikeRange> {
  if (node.spikeValue === 'one') return spikeRange(integerNeuron(node, neurons), node.neuron.attributes);
  throw new NetworkError([
    { subject: node.name, message: 'its spikes are worth θ; an integer network’s are worth one' },
  ]);
}
