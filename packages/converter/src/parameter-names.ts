import type { Network, Parameter } from '@rheobase/network';
import { freeName, parametersUsedBy } from '@rheobase/network';

/** The parameters of a network that is being written, and their names. */
export interface ParameterDraft {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /**
   * Adds a parameter and returns its name: `name` if that is free or was used only by `owner`, else a similar one. Names that the draft has assigned
   * or keeps are not free.
   */
  place(name: string, owner: string, parameter: Parameter): string;
  /** Keeps a parameter of the network, even if only the owner of new ones uses it. */
  keep(name: string): void;
}

/** A draft that starts with the network's own parameters, which it shares. */
export function parameterDraft(network: Network): ParameterDraft {
  const parameters = new Map(network.parameters);
  const users = new Map<string, Set<string>>();
  const note = (name: string, user: string) => users.set(name, (users.get(name) ?? new Set()).add(user));
  for (const node of network.nodes) for (const name of parametersUsedBy(node)) note(name, node.name);

  const settled = new Set<string>();
  const isTaken = (name: string, owner: string) =>
    settled.has(name) || [...(users.get(name) ?? [])].some((user) => user !== owner);
  return {
    parameters,
    place: (wanted, owner, parameter) => {
      const name = freeName(wanted, { has: (tried) => isTaken(tried, owner) });
      parameters.set(name, parameter);
      note(name, owner);
      settled.add(name);
      return name;
    },
    keep: (name) => void settled.add(name),
  };
}
