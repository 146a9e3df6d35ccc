import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { centreCrop, resizeShorterSide } from '../resize.js';
import { writeImage, writeImageNet, writeTinyImageNet } from '../testing/fake-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { decodeImage } from './decode-image.js';
import { openImageFolder } from './image-folder.js';
import { openImageNet } from './imagenet.js';
import { openTinyImageNet } from './tiny-imagenet.js';

describe('openImageFolder', () => {
  it('numbers classes and images as their names sort', async () => {
    const folder = await temporaryFolder();
    for (const name of ['dog/2.png', 'dog/10.png', 'cat/a.png'])
      await writeImage(join(folder, name), 4, 4, name.length);
    await writeFile(join(folder, 'dog', 'notes.txt'), 'no image');
    const source = await openImageFolder({ folder, split: 'train' });
    expect(source.classNames).toEqual(['cat', 'dog']);
    expect([...(await source.labels())]).toEqual([0, 1, 1]);
    expect((await source.read([1])).images).toEqual((await decodeImage(join(folder, 'dog', '10.png'))).data);
  });

  it('names an image that cannot be decoded, and one of another size', async () => {
    const folder = await temporaryFolder();
    await writeImage(join(folder, 'cat', '1.png'), 4, 4);
    await writeImage(join(folder, 'cat', '2.png'), 4, 5);
    await writeFile(join(folder, 'cat', '3.png'), 'nothing');
    const source = await openImageFolder({ folder, split: 'train' });
    await expect(source.read([0, 1])).rejects.toThrow(/2\.png: is 4×5, not 4×4 as the others/);
    await expect(source.read([0, 2])).rejects.toThrow(/3\.png: cannot be decoded/);
    expect((await source.read([0])).shape).toEqual([1, 4, 4, 3]);
  });

  it('refuses a folder that is missing, has no classes, no images, or an unknown class', async () => {
    const folder = await temporaryFolder();
    await expect(openImageFolder({ folder: join(folder, 'x'), split: 'train' })).rejects.toThrow(/x: no such folder/);
    await expect(openImageFolder({ folder, split: 'train' })).rejects.toThrow('holds no folder');
    await mkdir(join(folder, 'cat'));
    await expect(openImageFolder({ folder, split: 'train' })).rejects.toThrow('holds no image of the train split');
    await expect(
      openImageFolder({ folder, split: 'train', classes: [{ folder: 'dog', name: 'dog' }] }),
    ).rejects.toThrow(/cat: is no class folder; the 1 classes do not name it/);
  });

  it('refuses a crop larger than what it is cropped from', async () => {
    const folder = await temporaryFolder();
    await writeImage(join(folder, 'cat', '1.png'), 4, 4);
    await expect(openImageFolder({ folder, split: 'train', preparation: { resize: 8, crop: 9 } })).rejects.toThrow(
      'cannot crop 9 pixels from images resized to 8',
    );
  });
});

describe('openImageNet', () => {
  it('labels a class by its line in the list, though others are missing', async () => {
    const folder = await writeImageNet(await temporaryFolder());
    const source = await openImageNet({ folder, split: 'validation' });
    expect(source.classNames).toEqual(['ant', 'bee', 'cat']);
    expect([...(await source.labels())]).toEqual([0, 2, 2]);
    expect(source.imageShape).toEqual([224, 224, 3]);
  });

  it('brings the shorter side to 256 and takes the middle 224×224', async () => {
    const folder = await writeImageNet(await temporaryFolder());
    const source = await openImageNet({ folder, split: 'validation' });
    const decoded = await decodeImage(join(folder, 'val', 'n00000003', 'a.png'));
    const expected = centreCrop(resizeShorterSide(decoded, 256, 'bilinear'), { height: 224, width: 224 });
    expect((await source.read([1])).images).toEqual(expected.data);
  });

  it('refuses a damaged class list, naming the line', async () => {
    const folder = await writeImageNet(await temporaryFolder());
    const list = join(folder, 'imagenet1000_wnids.txt');
    await writeFile(list, 'n00000001 ant\ncat\n');
    await expect(openImageNet({ folder, split: 'validation' })).rejects.toThrow(
      "imagenet1000_wnids.txt: line 2 is 'cat'",
    );
    await writeFile(list, 'n00000001 ant\nn00000001 bee\n');
    await expect(openImageNet({ folder, split: 'validation' })).rejects.toThrow('line 2 names n00000001 a second time');
  });
});

describe('openTinyImageNet', () => {
  it('numbers classes as their ids sort, or as wnids.txt lists them', async () => {
    const folder = await writeTinyImageNet(await temporaryFolder());
    const sorted = await openTinyImageNet({ folder, split: 'train' });
    expect(sorted.classNames).toEqual(['bee', 'dog, hound']);
    expect([...(await sorted.labels())]).toEqual([0, 0, 1, 1]);
    const listed = await openTinyImageNet({ folder, split: 'train', classOrder: 'wnids' });
    expect(listed.classNames).toEqual(['dog, hound', 'bee']);
    expect((await listed.read([0])).images).toEqual((await sorted.read([2])).images);
  });

  it('reads validation images by their annotations', async () => {
    const folder = await writeTinyImageNet(await temporaryFolder());
    const source = await openTinyImageNet({ folder, split: 'validation' });
    expect(source.imageShape).toEqual([8, 8, 3]);
    expect([...(await source.labels())]).toEqual([0, 1]);
    expect((await source.read([0])).images).toEqual((await decodeImage(join(folder, 'val', 'images', 'v_1.png'))).data);
  });

  it('names what is missing or unknown', async () => {
    const folder = await writeTinyImageNet(await temporaryFolder());
    await writeFile(join(folder, 'val', 'val_annotations.txt'), 'v_0.png\tn00000007\t0\nv_1.png\tn00000009\t0\n');
    await expect(openTinyImageNet({ folder, split: 'validation' })).rejects.toThrow(
      "val_annotations.txt: line 2 gives 'v_1.png' the class 'n00000009', which wnids.txt does not name",
    );
    await writeFile(join(folder, 'wnids.txt'), 'n00000007\nn00000003\n');
    await expect(openTinyImageNet({ folder, split: 'train' })).rejects.toThrow(/n00000003.images: no such folder/);
    await expect(openTinyImageNet({ folder: join(folder, 'x'), split: 'train' })).rejects.toThrow(
      /wnids\.txt: no such file/,
    );
  });
});
