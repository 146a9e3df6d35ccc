import type { Network, NetworkNode, Parameter } from '@rheobase/network';
import { assertValid, broadcast, float32Parameter, inferShapes, NetworkError, shapeAt } from '@rheobase/network';

/**
 * Gives every neuron and every activation with a threshold whose channels share θ one per channel, with the shared value: `[C]` for one θ per layer, `[H, 1, C]` for one per row. The
 * network computes the same, and training can then change them independently. A θ that differs between channels is kept; one that several sites
 * share is shared per channel.
 *
 * @throws {NetworkError} if the network is not well-formed, or sites with different numbers of channels share a θ.
 */
export function thresholdsPerChannel(network: Network): Network {
  assertValid(network);
  const shapes = inferShapes(network);
  const parameters = new Map<string, Parameter>(network.parameters);
  for (const node of network.nodes) {
    const name = thresholdOf(node);
    const theta = name === undefined ? undefined : network.parameters.get(name);
    if (name === undefined || theta === undefined) continue;
    const channels = shapeAt(shapes, node.name).at(-1) ?? 1;
    if ((theta.shape.at(-1) ?? 1) !== 1) continue;
    const shape = [...theta.shape.slice(0, -1), channels];
    const shared = parameters.get(name);
    if (shared !== theta && shared?.shape.at(-1) !== channels) {
      throw new NetworkError([
        {
          subject: node.name,
          message: `it has ${channels} channels, but shares its threshold '${name}' with sites that have ${shared?.shape.at(-1) ?? 1}`,
        },
      ]);
    }
    parameters.set(name, float32Parameter('threshold', shape, Float32Array.from(broadcast(theta, shape))));
  }
  return { ...network, parameters };
}

function thresholdOf(node: NetworkNode): string | undefined {
  switch (node.op) {
    case 'neuron':
      return node.neuron.parameters['threshold'];
    case 'activation':
      return node.activation.parameters['threshold'];
    default:
      return undefined;
  }
}
