import { execFileSync } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fakePixel, writeImage } from '../../testing/fake-sets.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { bmpOf } from './bmp.fixture.js';
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

  it('takes a file by its content, whatever its name', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a.png', 'a.jpg', 'a.webp', 'a.tiff']) await writeImage(join(folder, name), 3, 5);
    await writeFile(join(folder, 'a.pbm'), 'P1 5 3\n101010101010101');
    await writeFile(join(folder, 'a.bmp'), bmpOf({ height: 3, width: 5, bits: 24, data: new Uint8Array(48) }));
    for (const name of await readdir(folder)) {
      const path = join(folder, name.replace('a.', 'b.').replace(/\.\w+$/, '.jpg'));
      await copyFile(join(folder, name), path);
      expect(await decodeImage(path)).toEqual(await decodeImage(join(folder, name)));
      expect(await decodeImage(path)).toMatchObject({ height: 3, width: 5, channels: 3 });
    }
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'it is an SVG drawing'],
    ['\ufeff <?xml version="1.0"?><svg/>', 'it is an SVG drawing'],
    ['GIF89a', 'it is a GIF'],
    ['<!DOCTYPE html>', 'it is a web page'],
    ['version https://git-lfs.github.com/spec/v1', 'it is a pointer of Git LFS'],
    ['', 'it is an empty file'],
  ])('refuses %j under an image name, and says what it is', async (content, message) => {
    const path = join(await temporaryFolder(), 'x.png');
    await writeFile(path, content);
    await expect(decodeImage(path)).rejects.toThrow(`x.png: cannot be decoded as an image: ${message}`);
  });

  it.each(['png', 'jpg', 'webp', 'tiff', 'bmp', 'pgm'])('bounds the pixels of a .%s by its header', async (ending) => {
    const path = join(await temporaryFolder(), `x.${ending}`);
    if (ending === 'bmp') await writeFile(path, bmpOf({ height: 8, width: 8, bits: 24, data: new Uint8Array(192) }));
    else if (ending === 'pgm') await writeFile(path, `P5 8 8 255\n${'x'.repeat(64)}`);
    else await writeImage(path, 8, 8);
    expect((await decodeImage(path, { mostPixels: 64 })).data.length).toBe(192);
    await expect(decodeImage(path, { mostPixels: 63 })).rejects.toThrow(/x\.\w+: .*8×8 pixels, more than the 63/);
  });

  it('refuses a header of more pixels than are decoded, without the pixels', async () => {
    const path = join(await temporaryFolder(), 'x.ppm');
    await writeFile(path, 'P6 100000 100000 255\n');
    await expect(decodeImage(path)).rejects.toThrow('100000×100000 pixels, more than the 67108864');
    await writeFile(path, bmpOf({ height: 2 ** 30, width: 2 ** 30, bits: 24, data: new Uint8Array() }));
    await expect(decodeImage(path)).rejects.toThrow('1073741824×1073741824 pixels, more than');
  });

  it('does not wait for a pipe', async () => {
    const path = join(await temporaryFolder(), 'x.jpg');
    execFileSync('mkfifo', [path]);
    await expect(decodeImage(path)).rejects.toThrow('it is a pipe, a socket or a device');
  });

  it('cuts grey of 16 bits at 255, and takes the upper half of colours of 16 bits, as Pillow does', async () => {
    const path = join(await temporaryFolder(), 'x.png');
    const deep = (levels: readonly number[], channels: 1 | 3) =>
      sharp(Uint16Array.from(levels), { raw: { height: 1, width: levels.length / channels, channels } });
    await deep([0, 200, 255, 256, 65_535], 1).toColourspace('grey16').png().toFile(path);
    const { data } = await decodeImage(path);
    expect(Array.from({ length: 5 }, (_, x) => data[3 * x])).toEqual([0, 200, 255, 255, 255]);
    await deep([0x1234, 0xffff, 0x00ff], 3).toColourspace('rgb16').png().toFile(path);
    expect([...(await decodeImage(path)).data]).toEqual([0x12, 0xff, 0x00]);
  });

  it('gives a palette’s colours', async () => {
    const path = join(await temporaryFolder(), 'x.png');
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9);
    await sharp(data, { raw: { height: 2, width: 2, channels: 3 } })
      .png({ palette: true, dither: 0 })
      .toFile(path);
    expect((await readFile(path))[25], 'its colour type').toBe(3);
    expect([...(await decodeImage(path)).data]).toEqual([...data]);
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
