import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openNMnist } from './nmnist.js';

/** A recording with one event at each of these milliseconds, at x = y = its number. */
const recording = (times: readonly number[]): Uint8Array =>
  Uint8Array.from(times.flatMap((ms, i) => [i, i, 0x80, ((ms * 1000) >> 8) & 255, (ms * 1000) & 255]));

async function fakeSet(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

const files = {
  'nmnist/test/3/9.bin': recording([0, 2]),
  'nmnist/test/10x/.keep': new Uint8Array(),
  'nmnist/train/0/1.bin': recording([5]),
};

describe('openNMnist', () => {
  it('reads recordings as frames as long as the longest, with labels from their folders', async () => {
    const { 'nmnist/test/10x/.keep': _, ...good } = files;
    const folder = await fakeSet(good);
    const all = await openNMnist({ folder });
    expect([all.length, all.frameShape]).toEqual([2, [34, 34, 2]]);
    const batch = await all.read([0, 1]);
    expect([batch.frames, [...batch.lengths], [...batch.labels], batch.shape]).toEqual([
      6,
      [6, 3],
      [0, 3],
      [2, 34, 34, 2],
    ]);
    const size = 34 * 34 * 2;
    const at = (t: number, n: number, pixel: number): number | undefined =>
      batch.images[(t * 2 + n) * size + (pixel * 34 + pixel) * 2 + 1];
    expect([at(5, 0, 0), at(0, 1, 0), at(2, 1, 1)]).toEqual([1, 1, 1]);
    expect(batch.images.reduce((sum, count) => sum + count, 0)).toBe(3);
    const test = await openNMnist({ folder: join(folder, 'nmnist'), split: 'test', binMs: 3 });
    expect((await test.read([0])).frames).toBe(1);
    await expect(test.read([1])).rejects.toThrow(/no recording 1; the 1 recordings/);
  });

  it('finds the set below a folder of recordings of events too', async () => {
    const { 'nmnist/test/10x/.keep': _, ...good } = files;
    const below = Object.fromEntries(Object.entries(good).map(([path, bytes]) => [`events/${path}`, bytes]));
    expect((await openNMnist({ folder: await fakeSet(below) })).length).toBe(2);
  });

  it('refuses a folder that is no digit, a missing split and a recording that is cut off, by name', async () => {
    await expect(openNMnist({ folder: await fakeSet(files) })).rejects.toThrow(/10x: is not a digit's folder/);
    const cut = await fakeSet({ 'Train/7/a.bin': recording([1]).subarray(0, 4) });
    await expect(openNMnist({ folder: cut, split: 'test' })).rejects.toThrow(/has no folder test/);
    await expect((await openNMnist({ folder: cut })).read([0])).rejects.toThrow(/a\.bin: its last event is cut off/);
    await expect(openNMnist({ folder: join(cut, 'missing') })).rejects.toThrow(/missing: no such folder; N-MNIST has/);
  });
});
