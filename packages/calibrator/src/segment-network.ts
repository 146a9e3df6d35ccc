import type { Network, NetworkNode } from '@rheobase/network';
import { freeName, inferShapes, shapeAt, withoutUnusedParameters } from '@rheobase/network';
import type { Segment } from './segment.js';

/**
 * A segment as a network by itself: the nodes that it starts from are inputs, under their own names, and its end is read by an
 * output. Binding it only takes memory for its own parameters, which keep their names.
 */
export function segmentNetwork(network: Network, { end, frontier, nodes }: Segment): Network {
  const shapes = inferShapes(network);
  const within = new Set(nodes);
  const inputs = frontier.map((name): NetworkNode => ({ op: 'input', name, inputs: [], shape: shapeAt(shapes, name) }));
  const inside = network.nodes.filter(({ name }) => within.has(name));
  const isReadOut = inside.at(-1)?.op === 'output';
  const outputs: readonly NetworkNode[] = isReadOut
    ? []
    : [{ op: 'output', name: freeName(`${end}.value`, new Set(network.nodes.map(({ name }) => name))), inputs: [end] }];
  return withoutUnusedParameters({ ...network, nodes: [...inputs, ...inside, ...outputs], metadata: {} });
}

/** The network with the parameters that one of its segments has now. */
export function withParametersOf(network: Network, segment: Network): Network {
  return { ...network, parameters: new Map([...network.parameters, ...segment.parameters]) };
}
