import type { Network } from '@rheobase/network';
import { NetworkError, parameterOf } from '@rheobase/network';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { tensor, tidy, variable } from '@tensorflow/tfjs-core';

/** A bound network's parameters as tfjs variables, by parameter name. Optimizers assign to these. */
export type LiveParameters = ReadonlyMap<string, Variable>;

/**
 * Copies every parameter of a network into a variable.
 *
 * @throws {NetworkError} for integer parameters: the tensor engine computes in float32.
 */
export function liveParameters(network: Network): LiveParameters {
  for (const [name, parameter] of network.parameters) {
    if (parameter.type !== 'float32') {
      throw new NetworkError([
        { subject: name, message: `it is ${parameter.type}, but the tensor engine runs float32 networks only` },
      ]);
    }
  }
  const live = new Map<string, Variable>();
  try {
    for (const [name, { data, shape, role }] of network.parameters) {
      // A slice, so that no tensor shares memory with the network.
      live.set(
        name,
        tidy(() => variable(tensor(data.slice(), [...shape], 'float32'), role !== 'statistic')),
      );
    }
    return live;
  } catch (error) {
    // Not all of them fit in memory.
    for (const known of live.values()) known.dispose();
    throw error;
  }
}

/** The variable of that name; a bound network has one per parameter. */
export function liveParameter(live: LiveParameters, name: string): Variable {
  const found = live.get(name);
  if (found === undefined)
    throw new NetworkError([{ subject: name, message: 'no such parameter in the bound network' }]);
  return found;
}

/** The tensors for the parts of an activation or neuron. */
export function liveParts(
  live: LiveParameters,
  parts: Readonly<Record<string, string>>,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(Object.entries(parts).map(([part, name]) => [part, liveParameter(live, name)]));
}

/** The network with the variables' current values; parameters whose bytes did not change are shared with the original. */
export function snapshotOf(network: Network, live: LiveParameters): Network {
  const parameters = new Map(network.parameters);
  for (const [name, now] of live) {
    const before = parameterOf(network, name);
    const data = now.dataSync<'float32'>();
    const same = data.length === before.data.length && data.every((value, i) => Object.is(value, before.data[i]));
    if (!same) {
      // A copy, as `dataSync` may be a view of the backend's heap.
      parameters.set(name, {
        role: before.role,
        type: 'float32',
        shape: [...now.shape],
        data: Float32Array.from(data),
      });
    }
  }
  return { ...network, parameters };
}
