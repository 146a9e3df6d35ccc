import type { Network, Parameter } from '@rheobase/network';
import { assertValid, float32Parameter, inferShapes, NetworkError, shapeAt } from '@rheobase/network';

/**
 * Gives every neuron with one θ for its whole layer one for each channel, `[C]`, all with the layer's value: the network computes the
 * same, and training may then move them apart. A θ that is not a scalar stays as it is; one that several neurons share is shared
 * by channel.
 *
 * @throws {NetworkError} if the network is not well-formed, or neurons with different numbers of channels share a θ.
 */
export function thresholdsPerChannel(network: Network): Network {
  assertValid(network);
  const shapes = inferShapes(network);
  const parameters = new Map<string, Parameter>(network.parameters);
  for (const node of network.nodes) {
    if (node.op !== 'neuron') continue;
    const name = node.neuron.parameters['threshold'];
    const theta = name === undefined ? undefined : network.parameters.get(name);
    if (name === undefined || theta === undefined || theta.data.length !== 1) continue;
    const channels = shapeAt(shapes, node.name).at(-1) ?? 1;
    const shared = parameters.get(name);
    if (shared !== theta && shared?.data.length !== channels) {
      throw new NetworkError([
        {
          subject: node.name,
          message: `it has ${channels} channels, but shares its threshold '${name}' with neurons that have ${shared?.data.length ?? 0}`,
        },
      ]);
    }
    const value = theta.data[0] ?? Number.NaN;
    parameters.set(name, float32Parameter('threshold', [channels], new Float32Array(channels).fill(value)));
  }
  return { ...network, parameters };
}
