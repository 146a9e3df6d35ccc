import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fakePixel, writeImage } from '../testing/fake-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { decodeImage } from './decode-image.js';

/** The product of two bytes over 255, rounded. */
const timesOver255 = (a: number, b: number) => Math.floor((a * b) / 255 + 0.5);

describe('decodeImage', () => {
  it('gives the pixels of a colour image, rows from the top', async () => {
    const path = join(await temporaryFolder(), 'colour.png');
    await writeImage(path, 3, 5);
    const { data, ...size } = await decodeImage(path);
    expect(size).toEqual({ height: 3, width: 5, channels: 3 });
    expect([...data.subarray((1 * 5 + 4) * 3, (1 * 5 + 5) * 3)]).toEqual(
      [0, 1, 2].map((k) => fakePixel(1, 0, 1, 4, k)),
    );
  });

  it('makes grey images RGB, PNG and JPEG alike', async () => {
    const folder = await temporaryFolder();
    for (const name of ['grey.png', 'grey.jpg']) {
      await writeImage(join(folder, name), 4, 4, 1, 1);
      const { data, channels } = await decodeImage(join(folder, name));
      expect(channels).toBe(3);
      expect(data.length).toBe(48);
      for (let at = 0; at < 48; at += 3) expect([data[at + 1], data[at + 2]]).toEqual([data[at], data[at]]);
    }
  });

  it('drops transparency without blending', async () => {
    const path = join(await temporaryFolder(), 'clear.png');
    await sharp(Uint8Array.of(10, 20, 30, 0), { raw: { width: 1, height: 1, channels: 4 } }).toFile(path);
    expect([...(await decodeImage(path)).data]).toEqual([10, 20, 30]);
  });

  it('turns CMYK into RGB as Pillow does: light not held back by black, less the share of each ink', async () => {
    const path = join(await temporaryFolder(), 'cmyk.jpg');
    await sharp(Uint8Array.of(200, 90, 20), { raw: { width: 1, height: 1, channels: 3 } })
      .resize(8, 8)
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toFile(path);
    const file = sharp(path, { ignoreIcc: true });
    expect((await file.metadata()).space).toBe('cmyk');
    const inks = await file.pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const light = 255 - (inks[3] ?? 0);
    const expected = [0, 1, 2].map((k) => light - timesOver255(inks[k] ?? 0, light));
    expect([...(await decodeImage(path)).data.subarray(0, 3)]).toEqual(expected);
  });

  it('leaves the orientation tag alone', async () => {
    const path = join(await temporaryFolder(), 'turned.jpg');
    await sharp(new Uint8Array(2 * 6 * 3), { raw: { width: 6, height: 2, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .toFile(path);
    expect(await decodeImage(path)).toMatchObject({ height: 2, width: 6 });
  });

  it('names a file that is missing, a folder, no image, or cut off, and says which', async () => {
    const folder = await temporaryFolder();
    await expect(decodeImage(join(folder, 'none.jpg'))).rejects.toThrow(
      /none\.jpg: cannot be decoded as an image: there is no such file/,
    );
    await expect(decodeImage(folder)).rejects.toThrow(`${folder}: cannot be decoded as an image: it is a folder`);
    await writeFile(join(folder, 'text.jpg'), 'not an image');
    await expect(decodeImage(join(folder, 'text.jpg'))).rejects.toThrow(
      /text\.jpg: cannot be decoded as an image: it is no JPEG, PNG/,
    );
    await writeImage(join(folder, 'cut.jpg'), 64, 64);
    const whole = await readFile(join(folder, 'cut.jpg'));
    await writeFile(join(folder, 'cut.jpg'), whole.subarray(0, whole.length / 2));
    await expect(decodeImage(join(folder, 'cut.jpg'))).rejects.toThrow(/cut\.jpg: cannot be decoded as an image/);
  });
});
