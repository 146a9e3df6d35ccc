import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { type FuzzThread, startFuzzThread } from './fuzz-thread.js';
import { fuzzTargets } from './targets/all-targets.js';

/** The same inputs in every run of the tests; `pnpm fuzz` draws others. */
const seed = 1;

let thread: FuzzThread;
beforeAll(async () => {
  thread = await startFuzzThread();
});
afterAll(() => thread.close());

describe('hostile inputs: every error is the project’s own, nothing hangs or takes the memory', () => {
  it.each(Object.entries(fuzzTargets))('%s', async (name, { inputs }) => {
    expect(await fuzz(thread, name, seed, { from: 0, count: inputs })).toEqual([]);
  });
});
