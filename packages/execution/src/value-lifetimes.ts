import type { NetworkNode } from '@rheobase/network';

/**
 * The values to free after evaluating a node, by that node: those it was the last to read, and its own if nothing reads it.
 *
 * @param nodes in the order in which they are evaluated
 * @param kept names of values that are needed until the end
 */
export function lastReads(
  nodes: readonly Pick<NetworkNode, 'name' | 'inputs'>[],
  kept: { has(name: string): boolean },
): ReadonlyMap<string, readonly string[]> {
  const read = new Set<string>();
  const done = new Map<string, readonly string[]>();
  for (const { name, inputs } of nodes.toReversed()) {
    const last = [...new Set([name, ...inputs])].filter((value) => !kept.has(value) && !read.has(value));
    for (const value of last) read.add(value);
    done.set(name, last);
  }
  return done;
}
