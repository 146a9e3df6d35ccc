import { someOf } from '@rheobase/network';
import type { TensorSlot } from './weight-convention.js';

/** Maximum number of prefixes at which a name is cut. */
const mostPrefixes = 8;

/** A name cut after each prefix that it may have, which ends with `.`, `/` or `:`: the empty one first. */
export function cutsOf(name: string): readonly { readonly prefix: string; readonly rest: string }[] {
  const ends = [...name.matchAll(/[./:]/g)].slice(0, mostPrefixes).map(({ index }) => index + 1);
  return [0, ...ends].map((end) => ({ prefix: name.slice(0, end), rest: name.slice(end) }));
}

/**
 * The prefixes with which a file has tensors for more than half of a network's parameters: `['module.']` for what PyTorch's
 * DataParallel wrote, `['', 'ema.']` for weights next to their moving averages. Those with the most parameters first.
 *
 * @param names the tensors of the file
 */
export function prefixesOf(names: Iterable<string>, slots: readonly TensorSlot[]): readonly string[] {
  const slotOf = new Map(slots.flatMap((slot, index) => slot.tensors.map((tensor) => [tensor, index] as const)));
  const found = new Map<string, Set<number>>();
  const note = (prefix: string, slot: number | undefined): void => {
    if (slot === undefined) return;
    const own = found.get(prefix) ?? new Set<number>();
    found.set(prefix, own.add(slot));
  };
  for (const name of names) for (const { prefix, rest } of cutsOf(name)) note(prefix, slotOf.get(rest));
  return [...found]
    .filter(([, own]) => own.size > slots.length / 2)
    .toSorted(([, a], [, b]) => b.size - a.size)
    .map(([prefix]) => prefix);
}

/** Beginnings that a message lists. */
const listed = 6;

/** The prefixes of names, up to the first `.`, `/` or `:`, in words, for messages. */
export function firstPrefixes(names: Iterable<string>): string {
  const beginnings = new Map<string, number>();
  for (const name of names) {
    const beginning = cutsOf(name)[1]?.prefix ?? name;
    beginnings.set(beginning, (beginnings.get(beginning) ?? 0) + 1);
  }
  const byCount = [...beginnings].toSorted(([, a], [, b]) => b - a).map(([beginning]) => `'${beginning}'`);
  const { shown, left } = someOf(byCount, listed);
  return `${byCount.length === 1 ? 'all' : 'they'} begin with ${shown.join(', ')}${left > 0 ? ` and ${left} others` : ''}`;
}
