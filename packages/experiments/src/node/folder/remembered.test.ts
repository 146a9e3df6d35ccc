import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { forget, recall, remember } from './remembered.js';
import { workClock } from './work-clock.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-remembered-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const schema = z.strictObject({ accuracy: z.number() });

describe('what is remembered', () => {
  it('is recalled where it was made from the same, and only there', async () => {
    const file = join(folder, 'deep', 'stage.json');
    const from = { settings: { rate: 0.1, beyond: null }, after: ['ab', 'cd'] };
    expect(await recall(file, from, schema)).toBeUndefined();
    await remember(file, from, { accuracy: 0.5 }, schema);
    expect(await recall(file, from, schema)).toEqual({ accuracy: 0.5 });
    expect(await recall(file, { ...from, after: ['ab'] }, schema)).toBeUndefined();
    expect(await recall(file, from, z.strictObject({ loss: z.number() }))).toBeUndefined();
    await forget(file);
    expect(await recall(file, from, schema)).toBeUndefined();
  });

  it('is the same, field by field in the same order, when it is made and when it is recalled', async () => {
    const file = join(folder, 'order.json');
    const figures = z.strictObject({
      first: z.number(),
      more: z.record(z.string(), z.number()),
      last: z.number().optional(),
    });
    const from = { a: 1, b: [{ c: 2, d: 3 }] };
    const made = await remember(file, from, { last: 3, more: { z: 1, a: 2 }, first: 1 }, figures);
    const recalled = await recall(file, { b: [{ d: 3, c: 2 }], a: 1 }, figures);
    expect(JSON.stringify(made)).toBe('{"first":1,"more":{"z":1,"a":2},"last":3}');
    expect(JSON.stringify(recalled)).toBe(JSON.stringify(made));
  });

  it('is forgotten where the file is damaged', async () => {
    const file = join(folder, 'damaged.json');
    await remember(file, 1, { accuracy: 0.5 }, schema);
    await writeFile(file, '{"from":1,"val');
    expect(await recall(file, 1, schema)).toBeUndefined();
  });
});

describe('the clock of some work', () => {
  it('goes on from what the process before it noted, and leaves nothing when the work is done', async () => {
    const file = join(folder, 'clock.json');
    const first = await workClock(file);
    await first.stop(false);
    await remember(file, 'work clock', 100, z.number());
    const second = await workClock(file);
    expect(second.seconds()).toBeGreaterThanOrEqual(100);
    expect(second.seconds()).toBeLessThan(110);
    await second.stop(true);
    expect(await readdir(folder)).not.toContain('clock.json');
  });
});
