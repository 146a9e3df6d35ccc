import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fakePixel, idx, idxImages, writeMnist } from '../testing/fake-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openFashionMnist, openMnist } from './mnist.js';

async function mnistWith(
  file: string,
  content: Uint8Array,
): Promise<{ readonly folder: string; readonly split: 'test' }> {
  const folder = await writeMnist(await temporaryFolder());
  await rm(join(folder, file.replace(/\.gz$/, '')), { force: true });
  await writeFile(join(folder, file), content);
  return { folder, split: 'test' };
}

const images = 't10k-images-idx3-ubyte';
const labels = 't10k-labels-idx1-ubyte';

describe('openMnist', () => {
  it.each(['train', 'test'] as const)('reads the %s split, packed or not', async (split) => {
    const source = await openMnist({ folder: await writeMnist(await temporaryFolder()), split });
    const seed = split === 'train' ? 1 : 2;
    expect([...source.imageShape]).toEqual([28, 28, 1]);
    const batch = await source.read([3, 0]);
    expect([...batch.labels]).toEqual(split === 'train' ? [1, 3] : [8, 2]);
    expect(batch.images[28 * 5 + 9]).toBe(fakePixel(seed, 3, 5, 9, 0));
    expect(batch.images[784 + 28 * 27 + 27]).toBe(fakePixel(seed, 0, 27, 27, 0));
    await source.close();
  });

  it('names a missing file and where else it looked', async () => {
    const folder = await writeMnist(await temporaryFolder());
    await rm(join(folder, images));
    await expect(openMnist({ folder, split: 'test' })).rejects.toThrow(
      new RegExp(`${images}: no such file; nor is there .*${images}\\.gz`),
    );
  });

  it('refuses a file that is no IDX file of its kind', async () => {
    await expect(
      openMnist(
        await mnistWith(
          images,
          Uint8Array.from({ length: 64 }, (_, k) => k),
        ),
      ),
    ).rejects.toThrow(`${images}: begins (byte 0) with 0x00010203, not 0x00000803`);
    await expect(openMnist(await mnistWith(labels, idxImages(1, 1)))).rejects.toThrow(
      `${labels}: begins (byte 0) with 0x00000803, not 0x00000801`,
    );
    await expect(openMnist(await mnistWith(labels, Uint8Array.of(0, 0, 8)))).rejects.toThrow(
      `${labels}: ends at byte 3, within the 8 bytes of its header`,
    );
  });

  it('refuses images of another size', async () => {
    await expect(openMnist(await mnistWith(images, idx([4, 14, 14], Array<number>(784).fill(0))))).rejects.toThrow(
      `${images}: bytes 8…15 say images of 14×14, not 28×28`,
    );
  });

  it('refuses a header that promises absurdly much, before allocating for it', async () => {
    const absurd = idx([0xffffffff, 28, 28], []);
    await expect(openMnist(await mnistWith(images, absurd))).rejects.toThrow(
      'byte 4 says 4294967295, more than 1000000',
    );
    await expect(openMnist(await mnistWith(`${images}.gz`, gzipSync(absurd)))).rejects.toThrow(
      'byte 4 says 4294967295',
    );
  });

  it('refuses images and labels that differ in number', async () => {
    await expect(openMnist(await mnistWith(labels, idx([3], [1, 2, 3])))).rejects.toThrow(
      /t10k-images-idx3-ubyte holds 4 images \(byte 4\) but .*t10k-labels-idx1-ubyte 3 labels/,
    );
  });

  it('refuses a label out of range and names the byte', async () => {
    await expect(openMnist(await mnistWith(labels, idx([4], [1, 2, 10, 3])))).rejects.toThrow(
      `${labels}: label 10 at byte 10 is out of range; there are 10 classes, 0…9`,
    );
  });

  it('refuses a file shorter or longer than its header says', async () => {
    const whole = idxImages(1, 4);
    await expect(openMnist(await mnistWith(images, whole.subarray(0, 1000)))).rejects.toThrow(
      `${images}: its header says 4×28×28, 3152 bytes in all, but it ends at byte 1000`,
    );
    await expect(openMnist(await mnistWith(images, Uint8Array.of(...whole, 0)))).rejects.toThrow(
      'but it continues after byte 3152',
    );
  });

  it('refuses the same of a packed file when it is first read', async () => {
    const whole = idxImages(1, 4);
    const short = await openMnist(await mnistWith(`${images}.gz`, gzipSync(whole.subarray(0, 1000))));
    await expect(short.read([0])).rejects.toThrow(
      `${images}.gz: its header says 4×28×28, 3152 bytes in all, but it ends at byte 1000`,
    );
    const long = await openMnist(await mnistWith(`${images}.gz`, gzipSync(Uint8Array.of(...whole, 0))));
    await expect(long.read([0])).rejects.toThrow('but it continues after byte 3152');
  });

  it('refuses a corrupt gzip file and says where', async () => {
    const packed = gzipSync(idxImages(1, 4));
    const reading = async (content: Uint8Array) =>
      (await openMnist(await mnistWith(`${images}.gz`, content))).read([0]);
    const where = (size: number) => `t10k-images-idx3-ubyte.gz: corrupt gzip, between bytes 0 and ${size}: `;
    await expect(reading(idxImages(1, 4))).rejects.toThrow(`${where(3152)}incorrect header check`);
    const cut = packed.subarray(0, packed.length - 20);
    await expect(reading(cut)).rejects.toThrow('unexpected end of file');
    const flipped = Uint8Array.from(packed);
    flipped[packed.length - 6] = (flipped[packed.length - 6] ?? 0) ^ 1;
    await expect(reading(flipped)).rejects.toThrow(`${where(packed.length)}incorrect data check`);
  });
});

describe('openFashionMnist', () => {
  it('names garments', async () => {
    const source = await openFashionMnist({ folder: await writeMnist(await temporaryFolder()), split: 'test' });
    expect([source.name, source.classNames[9]]).toEqual(['fashion-mnist', 'Ankle boot']);
    await source.close();
  });
});
