import type { Network, NodeOf, Shape } from '@rheobase/network';
import { broadcast, inferShapes, NetworkError, ownValue, parameterOf, shapeAt, sizeOf } from '@rheobase/network';

/** A population of neurons with its parameters spread over them: one number a neuron. */
export interface Population {
  readonly node: string;
  readonly shape: Shape;
  /** How many neurons. */
  readonly size: number;
  readonly threshold: Float32Array;
  /** V(0) */
  readonly start: Float32Array;
}

/**
 * The populations of a network, in its order.
 *
 * @throws {NetworkError} naming a neuron without an initial potential that could be set.
 */
export function populationsOf(network: Network): readonly Population[] {
  const shapes = inferShapes(network);
  return network.nodes
    .filter((node): node is NodeOf<'neuron'> => node.op === 'neuron')
    .map(({ name, neuron }) => {
      const shape = shapeAt(shapes, name);
      const part = (role: string): Float32Array => {
        const parameter = ownValue(neuron.parameters, role);
        if (parameter === undefined) {
          throw new NetworkError([
            { subject: name, message: `its neuron '${neuron.kind}' has no parameter '${role}'` },
          ]);
        }
        return Float32Array.from(broadcast(parameterOf(network, parameter), shape));
      };
      return { node: name, shape, size: sizeOf(shape), threshold: part('threshold'), start: part('initialPotential') };
    });
}

/** The shapes of a network's read-outs for a number of images, `[N, …]`, by output. */
export function readOutShapes(network: Network, count: number): ReadonlyMap<string, readonly number[]> {
  const shapes = inferShapes(network);
  return new Map(
    network.nodes.flatMap(({ op, name }) => (op === 'output' ? [[name, [count, ...shapeAt(shapes, name)]]] : [])),
  );
}
