/**
 * What is read of a file at most. Files of real networks are far below these bounds; a file above one of them is damaged or made to use up
 * time or memory, and is refused with its name before either is spent.
 */
export const readingLimits = {
  /** Characters of a name: of a tensor, a node, a parameter, a field. */
  nameLength: 1000,
  /** Dimensions of an array. */
  dimensions: 32,
} as const;

const shown = 200;

/** A name of a file, cut where it is too long for a message. */
export function shortName(name: string): string {
  return name.length > shown ? `${name.slice(0, shown)}…` : name;
}
