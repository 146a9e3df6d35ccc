import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { centreCrop, resizeShorterSide } from '../resize.js';
import { writeImage, writeImageNet, writeTinyImageNet } from '../testing/fake-sets.js';
import { describeSkipped } from '../skipped-file.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { imageFiles } from './image-files.js';
import { decodeImage } from './images/decode-image.js';
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
    ).rejects.toThrow(/cat: is not a class folder; it is not among the 1 classes/);
  });

  it('reads what torchvision reads, in its order: every folder below a class, folders by their whole paths', async () => {
    const folder = await temporaryFolder();
    const names = [
      'a/2.png',
      'a/10.PNG',
      'a/sub/1.jpeg',
      'a/sub-1/1.tif',
      'a/sub/deep/1.webp',
      'b/1.JPG',
      'b/\u{1f600}.png',
      'b/\uff5e.png',
    ];
    for (const [k, name] of names.entries()) {
      // The writer knows endings in small letters alone.
      const plain = join(folder, name.toLowerCase());
      await writeImage(plain, 4, 4, k);
      await rename(plain, join(folder, name));
    }
    for (const [name, pixels] of [
      ['b/2.ppm', 'P3 4 4 1 '],
      ['b/3.pgm', 'P2 4 4 1 '],
    ] as const) {
      await writeFile(join(folder, name), pixels + '1 '.repeat(name.endsWith('ppm') ? 48 : 16));
    }
    const expected = [
      'a/10.PNG',
      'a/2.png',
      'a/sub/1.jpeg',
      'a/sub-1/1.tif',
      'a/sub/deep/1.webp',
      'b/1.JPG',
      'b/2.ppm',
      'b/3.pgm',
      'b/\uff5e.png',
      'b/\u{1f600}.png',
    ];
    // '-' sorts before '/'.
    const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const source = await openImageFolder({ folder, split: 'train' });
    expect([...(await source.labels())]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect((await imageFiles(folder)).files.map((path) => relative(folder, path))).toEqual(expected);
    const { images } = await source.read(order);
    for (const [k, name] of expected.entries()) {
      expect(images.subarray(k * 48, (k + 1) * 48)).toEqual((await decodeImage(join(folder, name))).data);
    }
    expect(source.skipped).toEqual([]);
  });

  it('follows links to classes, folders and files, and no folder twice', async () => {
    const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    await writeImage(join(elsewhere, 'kept', '1.png'), 4, 4, 1);
    await writeImage(join(elsewhere, 'other', '2.png'), 4, 4, 2);
    await writeImage(join(folder, 'a', '1.png'), 4, 4, 3);
    await symlink(join(elsewhere, 'kept'), join(folder, 'b'));
    await symlink(join(elsewhere, 'other'), join(folder, 'a', 'more'));
    await symlink(join(elsewhere, 'other', '2.png'), join(folder, 'a', '0.png'));
    await symlink(folder, join(folder, 'a', 'round'));
    await symlink(join(elsewhere, 'other'), join(folder, 'a', 'twice'));
    const source = await openImageFolder({ folder, split: 'train' });
    expect(source.classNames).toEqual(['a', 'b']);
    expect([...(await source.labels())]).toEqual([0, 0, 0, 1]);
    expect(source.skipped).toEqual([
      { path: join(folder, 'a', 'round'), reason: 'read-before' },
      { path: join(folder, 'a', 'twice'), reason: 'read-before' },
    ]);
  });

  it('names what it leaves out: hidden entries, other endings, broken links, pipes, images beside the classes', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a/1.png', '.checkpoints/1.png', 'a/.hidden/1.png', 'loose.png']) {
      await writeImage(join(folder, name), 4, 4);
    }
    for (const name of ['notes.txt', 'a/Thumbs.db', 'a/1.png.bak', 'a/x.gif']) await writeFile(join(folder, name), '');
    await symlink(join(folder, 'nowhere'), join(folder, 'a', '9.png'));
    execFileSync('mkfifo', [join(folder, 'a', 'pipe.jpg')]);
    const source = await openImageFolder({ folder, split: 'train' });
    expect(source.classNames).toEqual(['a']);
    expect(source.length).toBe(1);
    const skipped = (source.skipped ?? []).map(({ path, reason }) => [relative(folder, path), reason]);
    expect(skipped).toEqual([
      ['.checkpoints', 'hidden'],
      ['loose.png', 'outside-classes'],
      ['notes.txt', 'other-ending'],
      ['a/.hidden', 'hidden'],
      ['a/1.png.bak', 'other-ending'],
      ['a/9.png', 'broken-link'],
      ['a/Thumbs.db', 'other-ending'],
      ['a/pipe.jpg', 'no-file'],
      ['a/x.gif', 'other-ending'],
    ]);
    expect(describeSkipped(source.skipped ?? [])).toMatch(
      /^skipped 2 hidden entries \(.*\); 1 image outside .*; 4 files without an image extension \([^)]*, …\); 1 broken link/,
    );
    expect(describeSkipped([])).toBeUndefined();
  });

  it('refuses a class that is a broken link, and one without images, as labels would shift', async () => {
    const folder = await temporaryFolder();
    await writeImage(join(folder, 'b', '1.png'), 4, 4);
    await mkdir(join(folder, 'a'));
    await expect(openImageFolder({ folder, split: 'train' })).rejects.toThrow(/a: a class folder without images/);
    const classes = ['a', 'b'].map((name) => ({ folder: name, name }));
    const kept = await openImageFolder({ folder, split: 'train', classes });
    expect([...(await kept.labels())]).toEqual([1]);
    expect(kept.skipped).toEqual([{ path: join(folder, 'a'), reason: 'class-without-images' }]);
    await symlink(join(folder, 'nowhere'), join(folder, 'c'));
    await expect(openImageFolder({ folder, split: 'train', classes })).rejects.toThrow(/c: is a broken link/);
  });

  it('says that images lie in the folder itself', async () => {
    const folder = await temporaryFolder();
    await writeImage(join(folder, '1.png'), 4, 4);
    await expect(openImageFolder({ folder, split: 'train' })).rejects.toThrow('holds no folder, but 1 image');
  });

  it('refuses images of more pixels than it is told', async () => {
    const folder = await temporaryFolder();
    await writeImage(join(folder, 'a', '1.png'), 4, 5);
    await expect(openImageFolder({ folder, split: 'train', mostPixels: 19 })).rejects.toThrow(
      /1\.png.* 5×4 pixels, more than the 19/,
    );
    expect((await openImageFolder({ folder, split: 'train', mostPixels: 20 })).length).toBe(1);
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

  it('without the list numbers the folders as they sort, and says which file would do otherwise', async () => {
    const folder = await writeImageNet(await temporaryFolder());
    expect((await openImageNet({ folder, split: 'validation' })).classAdvice).toBeUndefined();
    await rm(join(folder, 'imagenet1000_wnids.txt'));
    const source = await openImageNet({ folder, split: 'validation' });
    expect(source.classNames).toEqual(['n00000001', 'n00000003']);
    expect(source.classAdvice).toContain(join(folder, 'imagenet1000_wnids.txt'));
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

  it('refuses lists whose names leave the folder', async () => {
    const folder = await writeTinyImageNet(await temporaryFolder());
    await writeFile(join(folder, 'val', 'val_annotations.txt'), '../../x.png\tn00000007\t0\n');
    await expect(openTinyImageNet({ folder, split: 'validation' })).rejects.toThrow(
      /val_annotations\.txt: line 1: the file name "\.\.\/\.\.\/x\.png" leads out of/,
    );
    await writeFile(join(folder, 'wnids.txt'), 'n00000007\n../val\n');
    await expect(openTinyImageNet({ folder, split: 'train' })).rejects.toThrow(
      /wnids\.txt: the file name "\.\.\/val" leads out of/,
    );
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
