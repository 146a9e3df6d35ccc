import type { FuzzFailure, FuzzThread } from './fuzz-thread.js';

/** Inputs given to a thread at a time. */
const batch = 200;

/** Tries the inputs of one target from an index on, one after another, whatever fails. */
export async function fuzz(
  thread: FuzzThread,
  target: string,
  seed: number,
  range: { readonly from: number; readonly count: number },
): Promise<readonly FuzzFailure[]> {
  const failures: FuzzFailure[] = [];
  let tried = 0;
  while (tried < range.count) {
    const count = Math.min(batch, range.count - tried);
    const end = await thread.perform({ kind: 'generated', target, seed, from: range.from + tried, count });
    failures.push(...end.failures);
    tried += end.tried;
  }
  return failures;
}
