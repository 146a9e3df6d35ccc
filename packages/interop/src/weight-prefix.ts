import type { TensorSlot } from './weight-convention.js';

/** Characters that end a prefix. */
const separators = new Set(['.', '/', ':']);
/** A prefix has at most so many parts. */
const mostParts = 8;

/**
 * The prefixes with which a file has tensors for more than half of a network's parameters: `['module.']` for what PyTorch's
 * DataParallel wrote, `['', 'ema.']` for weights beside their moving averages. Those of most parameters first.
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
  for (const name of names) {
    note('', slotOf.get(name));
    for (let at = 0, parts = 0; at < name.length && parts < mostParts; at += 1) {
      if (!separators.has(name.charAt(at))) continue;
      parts += 1;
      note(name.slice(0, at + 1), slotOf.get(name.slice(at + 1)));
    }
  }
  return [...found]
    .filter(([, own]) => own.size > slots.length / 2)
    .toSorted(([, a], [, b]) => b.size - a.size)
    .map(([prefix]) => prefix);
}
