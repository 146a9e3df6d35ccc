import type { FuzzThread } from './fuzz-thread.js';

/** What two failures of the same kind have in common: what was wrong, and where in the code. */
export function kindOfFailure(reason: string): string {
  const [first = '', ...rest] = reason.split('\n');
  const frame = rest.map((line) => /[\w.-]+\.[mc]?js:\d+/.exec(line)?.[0]).find((place) => place !== undefined);
  const what = /^[^:]*(?::[^:]{0,60})?/.exec(first)?.[0] ?? first;
  return `${frame === undefined ? what : `${what.split(':')[0]}, ${frame}`}`.replaceAll(/ \d+/g, ' …');
}

/**
 * A smaller input that fails in the same way: parts are cut out, large ones first, for as long as it still fails.
 *
 * @param attempts how many inputs to try at most
 */
export async function smallestInput(
  fuzz: FuzzThread,
  target: string,
  input: Uint8Array,
  reason: string,
  attempts: number,
): Promise<Uint8Array> {
  const kind = kindOfFailure(reason);
  let smallest = input;
  const tries = { left: attempts };
  const fails = async (candidate: Uint8Array): Promise<boolean> => {
    tries.left -= 1;
    const { failures } = await fuzz.perform({ kind: 'given', target, input: candidate });
    return failures.some((failure) => kindOfFailure(failure.reason) === kind);
  };
  for (let size = Math.ceil(input.length / 2); size >= 1 && tries.left > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.length && tries.left > 0; ) {
      const candidate = new Uint8Array(smallest.length - Math.min(size, smallest.length - at));
      candidate.set(smallest.subarray(0, at));
      candidate.set(smallest.subarray(at + size), at);
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
