import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cifarRecords, fakePixel, writeCifar10, writeCifar100 } from '../testing/fake-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openCifar10, openCifar100 } from './cifar.js';

describe('openCifar10', () => {
  it('turns planes into channels last and goes from one file to the next', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    const source = await openCifar10({ folder, split: 'train' });
    expect([source.length, ...source.imageShape]).toEqual([9, 32, 32, 3]);
    const { images, labels } = await source.read([8, 0, 4, 5]);
    const files = [
      [4, 3],
      [1, 0],
      [1, 4],
      [4, 0],
    ] as const;
    files.forEach(([seed, index], row) => {
      for (const [y, x] of [
        [0, 0],
        [3, 17],
        [31, 31],
      ] as const) {
        for (const k of [0, 1, 2]) {
          expect(images[((row * 32 + y) * 32 + x) * 3 + k]).toBe(fakePixel(seed, index, y, x, k));
        }
      }
    });
    expect([...labels]).toEqual([9, 0, 2, 0]);
    await source.close();
  });

  it('takes class names from batches.meta.txt, and the usual ones without it', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    const usual = await openCifar10({ folder, split: 'test' });
    expect(usual.classNames[9]).toBe('truck');
    await writeFile(join(folder, 'batches.meta.txt'), 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n');
    const own = await openCifar10({ folder, split: 'test' });
    expect(own.classNames).toEqual([...'abcdefghij']);
    await writeFile(join(folder, 'batches.meta.txt'), 'a\nb\n');
    await expect(openCifar10({ folder, split: 'test' })).rejects.toThrow('batches.meta.txt: names 2 classes, not 10');
    await Promise.all([usual.close(), own.close()]);
  });

  it('refuses a truncated record and names the file and the byte', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    await truncate(join(folder, 'data_batch_4.bin'), 3 * 3073 + 100);
    await expect(openCifar10({ folder, split: 'train' })).rejects.toThrow(
      /data_batch_4\.bin: its 9319 bytes are not a multiple of the 3073 bytes of a record; the record at byte 9219 is cut off after 100/,
    );
  });

  it('refuses an empty file', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    await truncate(join(folder, 'test_batch.bin'), 0);
    await expect(openCifar10({ folder, split: 'test' })).rejects.toThrow(/test_batch\.bin: is empty/);
  });

  it('refuses a label out of range and names the file and the byte, whether reading images or labels', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    await writeFile(join(folder, 'data_batch_4.bin'), cifarRecords(4, [[1], [2], [10]]));
    const source = await openCifar10({ folder, split: 'train' });
    const message = /data_batch_4\.bin: label 10 at byte 6146 \(record 2\) is out of range; there are 10 classes, 0…9/;
    await expect(source.read([7])).rejects.toThrow(message);
    await expect(source.labels()).rejects.toThrow(message);
    expect([...(await source.read([6])).labels]).toEqual([2]);
    await source.close();
  });

  it('says where a file ends that was cut after opening', async () => {
    const folder = await writeCifar10(await temporaryFolder());
    const source = await openCifar10({ folder, split: 'test' });
    await truncate(join(folder, 'test_batch.bin'), 4000);
    await expect(source.read([1])).rejects.toThrow(
      /test_batch\.bin: ends at byte 4000, within 3073 bytes wanted from byte 3073/,
    );
    await source.close();
  });

  it('names a missing test_batch.bin, missing training files and a missing folder', async () => {
    const dataDir = await temporaryFolder();
    const folder = await writeCifar10(dataDir);
    await rm(join(folder, 'test_batch.bin'));
    await expect(openCifar10({ folder, split: 'test' })).rejects.toThrow(
      /test_batch\.bin: no such file; it belongs to/,
    );
    await rm(join(folder, 'data_batch_1.bin'));
    await rm(join(folder, 'data_batch_4.bin'));
    await expect(openCifar10({ folder, split: 'train' })).rejects.toThrow(
      'holds none of data_batch_1.bin … data_batch_5.bin',
    );
    await expect(openCifar10({ folder: join(dataDir, 'elsewhere'), split: 'train' })).rejects.toThrow(
      /elsewhere: no such folder; it should hold data_batch_1\.bin …/,
    );
  });
});

describe('openCifar100', () => {
  it('gives fine or coarse labels of the same images', async () => {
    const folder = await writeCifar100(await temporaryFolder());
    const fine = await openCifar100({ folder, split: 'train' });
    const coarse = await openCifar100({ folder, split: 'train', classes: 'coarse' });
    expect([fine.classNames.length, coarse.classNames.length]).toEqual([100, 20]);
    expect([...(await fine.labels())]).toEqual([99, 98, 97, 96, 95]);
    expect([...(await coarse.labels())]).toEqual([0, 4, 8, 12, 16]);
    const indices = [4, 1];
    expect((await fine.read(indices)).images).toEqual((await coarse.read(indices)).images);
    expect((await fine.read([4])).images[0]).toBe(fakePixel(1, 4, 0, 0, 0));
    await Promise.all([fine.close(), coarse.close()]);
  });

  it('refuses a coarse label out of range at its own byte', async () => {
    const folder = await writeCifar100(await temporaryFolder());
    await writeFile(
      join(folder, 'test.bin'),
      cifarRecords(1, [
        [3, 7],
        [20, 7],
      ]),
    );
    const source = await openCifar100({ folder, split: 'test', classes: 'coarse' });
    await expect(source.labels()).rejects.toThrow(/test\.bin: label 20 at byte 3074 \(record 1\)/);
    await source.close();
  });
});
