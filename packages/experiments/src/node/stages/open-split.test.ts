import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultNormalizations } from '@rheobase/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSplit } from './open-split.js';
import { conversionImages } from './unlabelled-inputs.js';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rheobase-split-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** A folder of one class with a grey image, a text and a broken link. */
async function writeClass(): Promise<string> {
  const folder = join(dataDir, 'imagenet', 'val', 'n00000001');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '1.pgm'), `P5 4 4 255\n${'x'.repeat(16)}`);
  await writeFile(join(folder, 'notes.txt'), '');
  await symlink(join(dataDir, 'nowhere'), join(folder, '2.png')).catch(() => undefined);
  return folder;
}

describe('openSplit', () => {
  it('tells what is in the folder of a set and is left out', async () => {
    await writeClass();
    const told: string[] = [];
    const source = await openSplit('imagenet', { dataDir, onNotice: (notice) => told.push(notice) });
    expect(source.length).toBe(1);
    expect(told).toEqual([
      expect.stringMatching(
        /^imagenet \(validation\): skipped 1 broken link \(.*2\.png\); 1 file without an image extension \(.*notes\.txt\)\.$/,
      ),
    ]);
  });

  it('says nothing about a set without files', async () => {
    const told: string[] = [];
    await openSplit('glyphs', { onNotice: (notice) => told.push(notice) });
    expect(told).toEqual([]);
  });
});

describe('images of a folder to convert by', () => {
  it('say what was skipped', async () => {
    const folder = await writeClass();
    const told: string[] = [];
    const size = { height: 4, width: 4 };
    const normalization = defaultNormalizations.get('unit');
    const fit = { shape: 'stretch', filter: 'bilinear' } as const;
    const wanted = { calibration: 1, heldOut: 0, seed: 0 };
    const { calibration } = await conversionImages(folder, wanted, { size, fit, normalization }, (notice) =>
      told.push(notice),
    );
    expect(calibration.shape).toEqual([1, 4, 4, 3]);
    expect(told.join()).toMatch(/skipped 1 broken link/);
  });
});
