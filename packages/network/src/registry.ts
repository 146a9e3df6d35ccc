import { distance } from 'fastest-levenshtein';
import { someOf } from './some-of.js';
import { shortName } from './reading-limits.js';

/**
 * Values looked up by name: neuron models, activations, data sets, model families. A registry is immutable and passed in explicitly where it is used;
 * {@link Registry.with} returns a larger one.
 */
export interface Registry<Entry> {
  /** Singular noun for the entries, for messages: `neuron`, `data set`. */
  readonly what: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * @throws if there is no such entry; the message lists the names, nearest first.
   */
  get(name: string): Entry;
  /**
   * A registry with these entries added.
   *
   * @throws if a name is taken.
   */
  with(...entries: readonly (readonly [name: string, entry: Entry])[]): Registry<Entry>;
}

/** How many names a message lists before it only counts the rest. */
const listed = 24;

/** A message for an unknown name: the likely intended one, then the known names, nearest first. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const given = shortName(name);
  if (known.length === 0) return `There is no ${what} '${given}': none is registered.`;
  const distances = new Map(known.map((other) => [other, distance(given, other)]));
  const ordered = known.toSorted((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
  const [nearest = ''] = ordered;
  const hint = (distances.get(nearest) ?? 0) <= Math.max(2, nearest.length / 3) ? ` Did you mean '${nearest}'?` : '';
  const { shown, left } = someOf(ordered, listed);
  const more = left > 0 ? ` and ${left} more` : '';
  return `There is no ${what} '${given}'.${hint} Known: ${shown.join(', ')}${more}.`;
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
