/**
 * Limits on the files that are read. Real networks are far below them; a file above one is damaged or made to exhaust time or memory, and is refused
 * with its name before it can.
 */
export const readingLimits = {
  /** Characters of a name: of a tensor, a node, a parameter, a field. */
  nameLength: 1000,
  /** Dimensions of an array. */
  dimensions: 32,
  /** Nodes of a network, operators of a model. */
  nodes: 100_000,
  /** Nesting levels of objects and lists in JSON and YAML. */
  nesting: 100,
  /** Characters of an experiment file. */
  yamlLength: 200_000,
  /** Total number of fields and list items of an experiment file. */
  yamlEntries: 5000,
  /** Aliases in an experiment file (`*name`). */
  yamlAliases: 100,
} as const;

const shown = 200;

/** A name from a file, truncated if it is too long for a message. */
export function shortName(name: string): string {
  return name.length > shown ? `${name.slice(0, shown)}…` : name;
}
