import type { Network } from '@rheobase/network';
import { inferShapes, parameterOf, shapeAt } from '@rheobase/network';

/**
 * The gradient scale of learned step sizes (Esser et al., "Learned step size quantization", ICLR 2020, §2.2): g = 1/√(n·L) for every θ of an
 * activation with L levels, 1 where it has none, as a clip; n the elements of an image that share a value of θ. A step of training then changes thresholds and weights by similar
 * shares of their size, whatever the layer's size. A θ that several sites share counts the elements of all, and the least L.
 *
 * @returns by parameter name, for `fit`'s `gradientScales`; empty for a network without thresholds
 * @throws {NetworkError} if the network is not well-formed.
 */
export function stepSizeScales(network: Network): ReadonlyMap<string, number> {
  const shapes = inferShapes(network);
  const found = new Map<string, { readonly elements: number; readonly levels: number }>();
  for (const node of network.nodes) {
    if (node.op !== 'activation') continue;
    const { parameters, attributes } = node.activation;
    const [name, levels] = [parameters['threshold'], attributes['levels'] ?? 1];
    if (name === undefined) continue;
    const own = shapeAt(shapes, node.name).reduce((product, size) => product * size, 1);
    const before = found.get(name);
    found.set(name, {
      elements: (before?.elements ?? 0) + own / parameterOf(network, name).data.length,
      levels: Math.min(before?.levels ?? levels, levels),
    });
  }
  return new Map([...found].map(([name, { elements, levels }]) => [name, 1 / Math.sqrt(elements * levels)]));
}
