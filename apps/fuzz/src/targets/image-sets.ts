import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ImageSource } from '@rheobase/datasets';
import {
  openCifar10,
  openCifar100,
  openImageFolder,
  openMnist,
  openTinyImageNet,
  openVoc,
} from '@rheobase/datasets/node';
import { changedBytes, changedText, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
const ramp = (length: number): Uint8Array => new Uint8Array(length).map((_, at) => (at * 7) % 256);

/** An empty folder next to the input. */
function emptyFolder(file: string, name: string): string {
  const folder = join(dirname(file), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Reads the first and the last image of a set, as a run would. */
async function look(opening: Promise<ImageSource>): Promise<void> {
  const source = await opening;
  try {
    for (const index of new Set([0, source.length - 1])) if (index >= 0) await source.read([index]);
  } finally {
    await source.close();
  }
}

/** Record files of CIFAR-10 and CIFAR-100. */
export function cifarTarget(): FuzzTarget {
  const records = (headers: number): Uint8Array => {
    const bytes = ramp(2 * (headers + 3072));
    for (let at = 0; at < bytes.length; at += headers + 3072) bytes.fill(at === 0 ? 3 : 9, at, at + headers);
    return bytes;
  };
  return {
    extension: '.bin',
    named: /the-set/,
    generate: mutatedSamples([records(1), records(2)], changedBytes),
    run: async (input, file) => {
      const folder = emptyFolder(file, 'the-set');
      const coarse = input.length % 3074 === 0;
      writeFileSync(join(folder, coarse ? 'test.bin' : 'test_batch.bin'), input);
      writeFileSync(join(folder, 'batches.meta.txt'), input.subarray(0, 64));
      await look(coarse ? openCifar100({ folder, split: 'test' }) : openCifar10({ folder, split: 'test' }));
    },
  };
}

/** IDX files of images, compressed and not, with correct labels. */
export function idxTarget(): FuzzTarget {
  const header = (...sizes: readonly number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
    view.setUint32(0, 0x0800 + sizes.length);
    sizes.forEach((size, at) => view.setUint32(4 + 4 * at, size));
    return new Uint8Array(view.buffer);
  };
  const images = new Uint8Array([...header(2, 28, 28), ...ramp(2 * 784)]);
  const labels = new Uint8Array([...header(2), 3, 9]);
  return {
    extension: '.idx',
    named: /the-set/,
    generate: mutatedSamples([images, images, labels, new Uint8Array(gzipSync(images))], changedBytes),
    run: async (input, file) => {
      const folder = emptyFolder(file, 'the-set');
      const [isPacked, isLabels] = [input[0] === 0x1f, input[3] === 1];
      const stem = join(folder, 't10k');
      writeFileSync(`${stem}-labels-idx1-ubyte`, isLabels ? input : labels);
      writeFileSync(`${stem}-images-idx3-ubyte${isPacked ? '.gz' : ''}`, isLabels ? images : input);
      await look(openMnist({ folder, split: 'test' }));
    },
  };
}

const lists = {
  wnids: 'n01443537\nn01629819\n',
  words: 'n01443537\tgoldfish\nn01629819\tsalamander\n',
  annotations: 'val_0.JPEG\tn01443537\t0\t32\t44\t62\nval_1.JPEG\tn01629819\t5\t5\t7\t7\n',
  voc: 'one\ntwo  1\nthree -1\n',
};

/** The lists of names in the folders of Tiny-ImageNet and PASCAL VOC; the images that they name are not there. */
export function imageListsTarget(): FuzzTarget {
  const names = Object.keys(lists) as readonly (keyof typeof lists)[];
  return {
    extension: '.txt',
    named: /the-set/,
    generate: mutatedSamples(Object.values(lists).map(encoded), changedText, changedBytes),
    run: async (input, file) => {
      const folder = emptyFolder(file, 'the-set');
      mkdirSync(join(folder, 'val', 'images'), { recursive: true });
      mkdirSync(join(folder, 'ImageSets', 'Main'), { recursive: true });
      const changed = names[input.length % names.length];
      const content = (name: keyof typeof lists): Uint8Array | string => (name === changed ? input : lists[name]);
      writeFileSync(join(folder, 'wnids.txt'), content('wnids'));
      writeFileSync(join(folder, 'words.txt'), content('words'));
      writeFileSync(join(folder, 'val', 'val_annotations.txt'), content('annotations'));
      writeFileSync(join(folder, 'ImageSets', 'Main', 'val.txt'), content('voc'));
      if (changed === 'voc') await openVoc({ folder, imageSet: 'val', split: 'validation' });
      else await look(openTinyImageNet({ folder, split: 'validation' }));
    },
  };
}

/** Names of files and folders of an image folder, one a line; what cannot be made as it is called is left out. */
export function imageFolderTarget(): FuzzTarget {
  const names = 'cat/a.jpg\ncat/b.PNG\ndog/c.jpeg\ndog/deeper/d.bmp\nempty/\nnotes.txt\n.hidden/e.jpg\n';
  return {
    extension: '.txt',
    named: /the-set/,
    generate: mutatedSamples([encoded(names)], changedText),
    run: async (input, file) => {
      const folder = emptyFolder(file, 'the-set');
      for (const name of new TextDecoder().decode(input).split('\n').slice(0, 30)) {
        const path = join(folder, name);
        if (!path.startsWith(folder) || path.includes('\0') || path.length > 400) continue;
        try {
          mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
          if (!name.endsWith('/')) writeFileSync(path, 'no image');
        } catch {
          // A file where a folder should be, a name that is too long.
        }
      }
      await look(openImageFolder({ folder, split: 'test' }));
    },
  };
}
