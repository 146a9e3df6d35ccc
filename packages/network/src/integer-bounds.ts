import { ownValue } from './own-value.js';
import type { Network } from './network.js';
import { NetworkError, parameterOf } from './network.js';
import type { NetworkNode, NodeOf } from './node.js';
import { mapsOf, operationOf } from './operations/operations.js';
import type { Shape } from './shape.js';
import { inferShapes, shapeAt } from './shape-inference.js';
import type { NeuronSpec } from './spec.js';
import type { Bounded, ValueBounds } from './value-bounds.js';
import { everyChannel, movedBounds } from './value-bounds.js';

/**
 * Bounds of every node's value in an integer network, from its weights alone: whatever the images are, and whichever neurons fire. Zero is
 * always taken to be possible where a window can reach into padding. An engine chooses by them how many bits its sums need.
 *
 * @throws {NetworkError} for an operation or a neuron that an integer network cannot have.
 */
export function integerBounds(network: Network): ReadonlyMap<string, ValueBounds> {
  const shapes = inferShapes(network);
  const bounds = new Map<string, ValueBounds>();
  for (const node of network.nodes) {
    const inputs = node.inputs.map((name) => ({ shape: shapeAt(shapes, name), bounds: boundsAt(bounds, name) }));
    bounds.set(node.name, boundsOf(node, network, inputs, shapeAt(shapes, node.name)));
  }
  return bounds;
}

function boundsAt(bounds: ReadonlyMap<string, ValueBounds>, name: string): ValueBounds {
  const found = bounds.get(name);
  if (found === undefined) throw new NetworkError([{ subject: name, message: 'it has no bounds yet' }]);
  return found;
}

function boundsOf(node: NetworkNode, network: Network, inputs: readonly Bounded[], shape: Shape): ValueBounds {
  if (node.op === 'neuron') return everyChannel(shape, ...spikesOf(node));
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
      ),
      inputs,
      shape,
    )
  );
}

function spikesOf({ name, neuron, spikeValue }: NodeOf<'neuron'>): readonly [least: number, greatest: number] {
  if (spikeValue !== 'one') {
    throw new NetworkError([{ subject: name, message: 'its spikes are worth θ; an integer network’s are worth one' }]);
  }
  switch (neuron.kind) {
    case 'if':
    case 'if-shift':
    case 'if-hard':
    case 'lif':
      return [0, 1];
    case 'signed-if':
    case 'compensating-if':
      return [-1, 1];
    case 'burst':
      return [0, attribute(name, neuron, 'maximum')];
    default:
      throw new NetworkError([{ subject: name, message: `its neuron '${neuron.kind}' has no rule in whole numbers` }]);
  }
}

function attribute(node: string, { attributes }: NeuronSpec, name: string): number {
  const value = ownValue(attributes, name);
  if (value === undefined) throw new NetworkError([{ subject: node, message: `its neuron gives no '${name}'` }]);
  return value;
}
