import type { BoundNetwork } from '@rheobase/execution';
import { liveParameter } from '@rheobase/execution';
import type { ParameterRole } from '@rheobase/network';
import type { Variable } from '@tensorflow/tfjs-core';

/** A trainable variable and what its parameter is for. */
export interface Trainable {
  readonly variable: Variable;
  readonly role: ParameterRole;
}

/** What is trained, by parameter name. */
export type Trainables = ReadonlyMap<string, Trainable>;

/** Chooses parameters by name and role. */
export type ParameterChoice = (name: string, role: ParameterRole) => boolean;

/**
 * The variables that training moves: those chosen. The statistics of batch norms are never among them, as they follow the batches; nor are indices.
 *
 * @throws if none is chosen.
 */
export function trainablesOf({ network, live }: BoundNetwork, chosen: ParameterChoice = () => true): Trainables {
  const trainables = new Map<string, Trainable>();
  for (const [name, { role }] of network.parameters) {
    if (role !== 'statistic' && role !== 'indices' && chosen(name, role)) {
      trainables.set(name, { variable: liveParameter(live, name), role });
    }
  }
  if (trainables.size === 0) {
    throw new Error(
      `None of the network's ${network.parameters.size} parameters is to be trained: choose at least one.`,
    );
  }
  return trainables;
}
