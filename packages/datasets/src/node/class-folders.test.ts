import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { centreCrop, resize, resizeShorterSide } from '../resize.js';
import { writeImage } from '../testing/fake-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { classFolders } from './class-folders.js';
import { decodeImage } from './images/decode-image.js';

const test = 'test' as const;

/** The whole folder, whatever the split. */
const undivided = 'whole' as const;

/** A folder with images of two classes, of different sizes. */
async function twoClasses(): Promise<string> {
  const folder = await temporaryFolder();
  await writeImage(join(folder, 'dog', '1.png'), 8, 6, 1);
  await writeImage(join(folder, 'cat', '1.png'), 5, 9, 2);
  await writeImage(join(folder, 'cat', '2.png'), 8, 8, 3);
  return folder;
}

describe('classFolders', () => {
  it('numbers the classes as their folders sort, at the size asked for', async () => {
    const dataDir = await twoClasses();
    const source = await classFolders({ undivided, size: { height: 4, width: 7 } }).open({ dataDir, split: test });
    expect(source.classNames).toEqual(['cat', 'dog']);
    expect(source.imageShape).toEqual([4, 7, 3]);
    expect([...(await source.labels())]).toEqual([0, 0, 1]);
    const image = await decodeImage(join(dataDir, 'cat', '1.png'));
    const expected = resize(image, { height: 4, width: 7, filter: 'bilinear' });
    expect((await source.read([0])).images).toEqual(expected.data);
  });

  it('resizes, crops and then sizes, in this order', async () => {
    const dataDir = await twoClasses();
    const options = { undivided, resize: 6, crop: 4, size: { height: 3, width: 3 } };
    const source = await classFolders(options).open({ dataDir, split: test });
    const image = resizeShorterSide(await decodeImage(join(dataDir, 'dog', '1.png')), 6, 'bilinear');
    const cropped = centreCrop(image, { height: 4, width: 4 });
    const expected = resize(cropped, { height: 3, width: 3, filter: 'bilinear' });
    expect((await source.read([2])).images).toEqual(expected.data);
    const uncut = await classFolders({ undivided, crop: 6 }).open({ dataDir, split: test });
    await expect(uncut.read([0])).rejects.toThrow(/1\.png: cannot crop 6×6 from an image of 5×9/);
  });

  it('makes grey images where asked', async () => {
    const dataDir = await twoClasses();
    const source = await classFolders({ undivided, crop: 4, channels: 1 }).open({ dataDir, split: test });
    expect(source.imageShape).toEqual([4, 4, 1]);
    const { data } = centreCrop(await decodeImage(join(dataDir, 'cat', '1.png')), { height: 4, width: 4 });
    const grey = Array.from({ length: 16 }, (_, k) => {
      const [red = 0, green = 0, blue = 0] = data.subarray(3 * k);
      return Math.floor((red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) / 65_536);
    });
    expect([...(await source.read([0])).images]).toEqual(grey);
  });

  it('takes the classes and their order from a file of names, and refuses a folder that is not among them', async () => {
    const dataDir = await twoClasses();
    const labels = join(dataDir, 'labels.txt');
    await writeFile(labels, 'ant\ndog\ncat\n');
    const open = () => classFolders({ undivided, crop: 4, labels }).open({ dataDir, split: test });
    const source = await open();
    expect(source.classNames).toEqual(['ant', 'dog', 'cat']);
    expect([...(await source.labels())]).toEqual([2, 2, 1]);
    await writeFile(labels, 'ant\ndog\n');
    await expect(open()).rejects.toThrow(/cat: is not a class folder; it is not among the 2 classes of .*labels\.txt/);
    await writeFile(labels, 'dog\ncat\ndog\n');
    await expect(open()).rejects.toThrow(/labels\.txt: line 3 repeats the class 'dog' of line 1/);
    await writeFile(labels, '\n');
    await expect(open()).rejects.toThrow(/labels\.txt: holds no labels/);
  });

  it('takes the class of each image from a list', async () => {
    const dataDir = await twoClasses();
    const labels = join(dataDir, 'labels.csv');
    const open = () => classFolders({ undivided, crop: 4, labels, classes: 9 }).open({ dataDir, split: test });
    await writeFile(labels, 'file,label\ndog/1.png,7\n"cat/2.png",2\n');
    const source = await open();
    expect(source.classNames).toHaveLength(9);
    expect([...(await source.labels())]).toEqual([7, 2]);
    await writeFile(labels, 'dog/1.png,small\ncat/2.png,large\n');
    const named = await open();
    expect(named.classNames).toEqual(['large', 'small']);
    expect([...(await named.labels())]).toEqual([1, 0]);
    await writeFile(labels, 'dog/1.png,1\ncat/3.png,1\n');
    await expect(open()).rejects.toThrow(/labels\.csv: line 2 names .*3\.png, which does not exist/);
    await writeFile(labels, 'dog/1.png\n');
    await expect(open()).rejects.toThrow(/labels\.csv: line 1 is not of the form file,label/);
  });

  it('makes disjoint splits of a folder that has none, in proportion to the classes, and says so', async () => {
    const dataDir = await temporaryFolder();
    const all: string[] = [];
    for (const [name, count] of [
      ['cat', 10],
      ['dog', 5],
    ] as const) {
      for (let k = 0; k < count; k += 1) await writeImage(join(dataDir, name, `${k}.png`), 4, 4, all.push(name));
    }
    const opened = async (split: 'train' | 'validation' | 'test') => {
      const source = await classFolders().open({ dataDir, split });
      const prints = await Promise.all(Array.from({ length: source.length }, (_, k) => source.fingerprint?.(k)));
      return { source, prints, labels: [...(await source.labels())] };
    };
    const [train, validation, held] = [await opened('train'), await opened('validation'), await opened('test')];
    expect([train.labels, held.labels]).toEqual([
      [...Array(8).fill(0), ...Array(4).fill(1)],
      [0, 0, 1],
    ]);
    expect(new Set([...train.prints, ...held.prints]).size).toBe(15);
    expect(validation.prints).toEqual(held.prints);
    expect((await opened('test')).prints).toEqual(held.prints);
    expect(held.source.division).toMatch(/a fifth of each class .* \(seed 0\), 3 of 15; .* 'test', 3 images/);
    const whole = await classFolders({ undivided }).open({ dataDir, split: test });
    expect([whole.length, whole.division]).toEqual([15, expect.stringMatching(/all 15 images are used/)]);
    await held.source.close();
    await expect(held.source.read([0])).rejects.toThrow(/closed/);
    const lonely = await temporaryFolder();
    await writeImage(join(lonely, 'a', '1.png'), 4, 4, 1);
    await expect(classFolders().open({ dataDir: lonely, split: test })).rejects.toThrow(/1 image is too few/);
  });

  it('looks for the splits in folders of their names, where there is nothing else', async () => {
    const dataDir = await temporaryFolder();
    await writeImage(join(dataDir, 'train', 'a', '1.png'), 4, 4, 1);
    await writeImage(join(dataDir, 'val', 'a', '1.png'), 4, 4, 2);
    await writeImage(join(dataDir, 'val', 'a', '2.png'), 4, 4, 2);
    const lengthOf = async (split: 'train' | 'validation' | 'test') =>
      (await classFolders().open({ dataDir, split })).length;
    expect([await lengthOf('train'), await lengthOf('validation'), await lengthOf('test')]).toEqual([1, 2, 2]);
  });

  it('says what is wrong with a folder', async () => {
    const dataDir = await temporaryFolder();
    const open = () => classFolders({ undivided }).open({ dataDir, split: test });
    await expect(open()).rejects.toThrow(/holds no folder/);
    await mkdir(join(dataDir, 'cat'));
    await expect(open()).rejects.toThrow(/holds no image/);
    await writeImage(join(dataDir, 'cat', '1.png'), 4, 4, 1);
    await writeImage(join(dataDir, 'cat', '2.png'), 4, 5, 1);
    await writeFile(join(dataDir, 'cat', '3.png'), 'nothing');
    const source = await open();
    await expect(source.read([1])).rejects.toThrow(/2\.png: is 4×5, not 4×4 as the others; resize .*--size/);
    await expect(source.read([2])).rejects.toThrow(/3\.png: cannot be decoded/);
    await expect(classFolders({ resize: 4, crop: 5 }).open({ dataDir, split: test })).rejects.toThrow(/resize ≥ crop/);
  });
});
