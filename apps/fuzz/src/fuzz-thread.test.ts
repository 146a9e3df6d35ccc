import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { type FuzzThread, startFuzzThread } from './fuzz-thread.js';
import { fuzzLimits } from './limits.js';
import { kindOfFailure, smallestInput } from './smallest-input.js';

let thread: FuzzThread;
beforeAll(async () => {
  thread = await startFuzzThread(new URL('./faulty-targets.fixture.mjs', import.meta.url), {
    ...fuzzLimits,
    processorSeconds: 1,
    megabytes: 100,
    heapMegabytes: 32,
  });
});
afterAll(() => thread.close());

describe('a watched thread', () => {
  it('passes over errors that name the file, however many', async () => {
    expect(await fuzz(thread, 'good', 1, { from: 0, count: 3 })).toEqual([]);
  });

  it.each([
    { target: 'nameless', reason: /does not name the file/ },
    { target: 'internal', reason: /not an error of the project: TypeError/ },
    { target: 'memory', reason: /^memory: / },
    { target: 'forgotten', reason: /nobody waited/ },
  ])('reports $target, and goes on', async ({ target, reason }) => {
    const failures = await fuzz(thread, target, 1, { from: 5, count: 2 });
    expect(failures[0]).toEqual({ index: 5, reason: expect.stringMatching(reason) });
  });

  it.each([
    { target: 'hang', reason: /^hang: / },
    { target: 'heap', reason: /^memory: / },
  ])('ends an input that does not end ($target)', async ({ target, reason }) => {
    expect(await fuzz(thread, target, 1, { from: 5, count: 1 })).toEqual([
      { index: 5, reason: expect.stringMatching(reason) },
    ]);
  });

  it('fails where a target cannot be opened, and takes others afterwards', async () => {
    await expect(fuzz(thread, 'unknown', 1, { from: 0, count: 1 })).rejects.toThrow(
      /There is no fuzz target 'unknown'/,
    );
    expect(await fuzz(thread, 'good', 1, { from: 0, count: 1 })).toEqual([]);
  });

  it('makes a failing input as small as it still fails in the same way', async () => {
    const input = new Uint8Array(100).with(33, 7);
    const smallest = await smallestInput(thread, 'needle', input, await reasonOf('needle', input), 200);
    expect(smallest).toEqual(new Uint8Array([7]));
  });
});

async function reasonOf(target: string, input: Uint8Array): Promise<string> {
  const { failures } = await thread.perform({ kind: 'given', target, input });
  return failures[0]?.reason ?? '';
}

describe('kindOfFailure', () => {
  it('is the same for two errors made in one place, whatever they name', () => {
    const reason = (name: string) =>
      `not an error of the project: TypeError: no ${name}\n    at read (file:///a/read.js:7:1)`;
    expect(kindOfFailure(reason('left'))).toBe(kindOfFailure(reason('right: wrong')));
    expect(kindOfFailure(reason('left'))).toBe('not an error of the project, read.js:7');
  });
});
