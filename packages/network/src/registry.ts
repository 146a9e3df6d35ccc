import { closest, distance } from 'fastest-levenshtein';

/**
 * Values looked up by name: neuron models, activations, data sets, model families. A registry is passed in
 * explicitly where it is used and never changes; {@link Registry.with} gives a larger one.
 */
export interface Registry<Entry> {
  /** What the entries are, for messages: `neuron`, `data set`. */
  readonly what: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * @throws if there is no such entry; the message lists the names, nearest first.
   */
  get(name: string): Entry;
  /**
   * A registry with these entries too.
   *
   * @throws if a name is taken.
   */
  with(...entries: readonly (readonly [name: string, entry: Entry])[]): Registry<Entry>;
}

/** A message for a name that is not among those known: the nearest one, then all. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  if (known.length === 0) return `There is no ${what} '${name}': none is registered.`;
  const nearest = closest(name, [...known]);
  const hint = distance(name, nearest) <= Math.max(2, nearest.length / 3) ? ` Did you mean '${nearest}'?` : '';
  return `There is no ${what} '${name}'.${hint} Known: ${known.join(', ')}.`;
}

/**
 * A registry of the given entries.
 *
 * @param what singular noun for messages
 * @throws if two entries share a name.
 */
export function registry<Entry>(what: string, entries: readonly (readonly [string, Entry])[]): Registry<Entry> {
  const byName = new Map<string, Entry>();
  for (const [name, entry] of entries) {
    if (byName.has(name)) throw new Error(`The ${what} '${name}' is registered twice; give one of them another name.`);
    byName.set(name, entry);
  }
  const names = [...byName.keys()];
  return {
    what,
    names,
    has: (name) => byName.has(name),
    get: (name) => {
      const entry = byName.get(name);
      if (entry === undefined) throw new Error(unknownName(what, name, names));
      return entry;
    },
    with: (...more) => registry(what, [...entries, ...more]),
  };
}
