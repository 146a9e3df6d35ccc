import type { Network, Parameter } from '@rheobase/network';
import { parametersUsedBy } from '@rheobase/network';

/** The parameters of a network that is being written, and the names that are free in it. */
export interface ParameterDraft {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /**
   * Puts a parameter in and returns its name: `name` if that is free or no node but `owner` uses it, else one like it.
   */
  place(name: string, owner: string, parameter: Parameter): string;
}

/** A draft that starts with the network's own parameters, which it shares. */
export function parameterDraft(network: Network): ParameterDraft {
  const parameters = new Map(network.parameters);
  const users = new Map<string, Set<string>>();
  const note = (name: string, user: string) => users.set(name, (users.get(name) ?? new Set()).add(user));
  for (const node of network.nodes) for (const name of parametersUsedBy(node)) note(name, node.name);

  const isFree = (name: string, owner: string) => [...(users.get(name) ?? [])].every((user) => user === owner);
  return {
    parameters,
    place: (wanted, owner, parameter) => {
      let name = wanted;
      for (let n = 2; !isFree(name, owner); n++) name = `${wanted}.${n}`;
      parameters.set(name, parameter);
      note(name, owner);
      return name;
    },
  };
}
