/**
 * What is read of a file at most. Files of real networks are far below these bounds; a file above one of them is damaged or made to use up
 * time or memory, and is refused with its name before either is spent.
 */
export const readingLimits = {
  /** Characters of a name: of a tensor, a node, a parameter, a field. */
  nameLength: 1000,
  /** Dimensions of an array. */
  dimensions: 32,
  /** Nodes of a network, operators of a model. */
  nodes: 100_000,
  /** Levels of objects and lists in one another, in JSON and YAML. */
  nesting: 100,
  /** Characters of an experiment file. */
  yamlLength: 200_000,
  /** Fields and list items of an experiment file, all together. */
  yamlEntries: 5000,
  /** Places of an experiment file that repeat another one (`*name`). */
  yamlAliases: 100,
} as const;

const shown = 200;

/** A name of a file, cut where it is too long for a message. */
export function shortName(name: string): string {
  return name.length > shown ? `${name.slice(0, shown)}…` : name;
}
