import type { Network } from '@rheobase/network';
import { NetworkError, parameterOf } from '@rheobase/network';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { keep, tensor, tidy, variable } from '@tensorflow/tfjs-core';

/** A bound network's parameters as tfjs variables, by parameter name. Optimizers assign to these. */
export type LiveParameters = ReadonlyMap<string, Variable>;

/** What is bound of a network's parameters. */
export interface BoundParameters {
  /** The parameters as tfjs variables, by name. Optimizers assign to these. */
  readonly live: LiveParameters;
  /** The indices of gathers, int32, by the parameter's name; they never change. */
  readonly indices: ReadonlyMap<string, Tensor>;
}

/**
 * Copies every parameter of a network into a variable, and indices into tensors.
 *
 * @throws {NetworkError} for other integer parameters: the tensor engine computes in float32.
 */
export function boundParameters(network: Network): BoundParameters {
  for (const [name, { type, role }] of network.parameters) {
    if (type !== 'float32' && role !== 'indices') {
      throw new NetworkError([
        { subject: name, message: `it is ${type}, but the tensor engine runs float32 networks only` },
      ]);
    }
  }
  const live = new Map<string, Variable>();
  const indices = new Map<string, Tensor>();
  try {
    for (const [name, { data, shape, role }] of network.parameters) {
      // A slice, so that no tensor shares memory with the network.
      if (role === 'indices') {
        indices.set(name, keep(tensor(data.slice(), [...shape], 'int32')));
        continue;
      }
      live.set(
        name,
        tidy(() => variable(tensor(data.slice(), [...shape], 'float32'), role !== 'statistic')),
      );
    }
    return { live, indices };
  } catch (error) {
    // Not all of them fit in memory.
    disposeParameters({ live, indices });
    throw error;
  }
}

export function disposeParameters({ live, indices }: BoundParameters): void {
  for (const known of [...live.values(), ...indices.values()]) known.dispose();
}

/** The indices of that name. */
export function boundIndices({ indices }: BoundParameters, name: string): Tensor {
  const found = indices.get(name);
  if (found === undefined) throw new NetworkError([{ subject: name, message: 'no such indices in the bound network' }]);
  return found;
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
