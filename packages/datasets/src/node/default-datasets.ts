import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Registry, registry } from '@rheobase/network';
import { glyphs } from '../glyphs/index.js';
import type { ImageSource, SplitName } from '../image-source.js';
import { isMissing } from './byte-file.js';
import { classFolders } from './class-folders.js';
import { openCifar10, openCifar100 } from './cifar.js';
import { type Dataset, requireDataDir, requireSplit } from './dataset.js';
import { openImageNet } from './imagenet.js';
import { openFashionMnist, openMnist } from './mnist.js';
import {
  cifar10Publication,
  cifar100Publication,
  fashionMnistPublication,
  mnistPublication,
  type PublishedSet,
} from './published-set.js';
import { openTinyImageNet } from './tiny-imagenet.js';

/** A set with published files and the usual two splits. */
function published(
  name: string,
  summary: string,
  set: PublishedSet,
  open: (options: { readonly folder: string; readonly split: 'train' | 'test' }) => Promise<ImageSource>,
): Dataset {
  const splits = ['train', 'test'] as const;
  return {
    name,
    summary,
    origin: { kind: 'published', set },
    splits,
    evaluationSplit: 'test',
    open: async ({ dataDir, split }) =>
      open({
        folder: join(requireDataDir(name, dataDir), set.folder),
        split: requireSplit(name, splits, split),
      }),
  };
}

/** A set whose images each user gets for themselves, with a validation split for want of test labels. */
function manual(
  name: string,
  summary: string,
  how: string,
  open: (dataDir: string, split: 'train' | 'validation') => Promise<ImageSource>,
): Dataset {
  const splits = ['train', 'validation'] as const satisfies readonly SplitName[];
  return {
    name,
    summary,
    origin: { kind: 'manual', how },
    splits,
    evaluationSplit: 'validation',
    open: async ({ dataDir, split }) => open(requireDataDir(name, dataDir), requireSplit(name, splits, split)),
  };
}

/** The one folder whose name begins with `tiny-imagenet`, in the data folder or in its `imagenet`. */
async function findTinyImageNet(dataDir: string): Promise<string> {
  const found: string[] = [];
  for (const parent of [dataDir, join(dataDir, 'imagenet')]) {
    const names = await readdir(parent).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    found.push(...names.filter((name) => /^tiny-imagenet[^.]*$/.test(name)).map((name) => join(parent, name)));
  }
  const [only, second] = found;
  if (only === undefined)
    throw new Error(`${dataDir}: holds no folder tiny-imagenet-200; unpack tiny-imagenet-200.zip there`);
  if (second !== undefined) throw new Error(`${dataDir}: which of ${found.join(', ')} is meant? Leave only one there`);
  return only;
}

const glyphSplits = ['train', 'test'] as const;

/** The procedural set in its standard form: seed 0, 10,000 training and 2,000 test images. */
const glyphsDataset: Dataset = {
  name: 'glyphs',
  summary: 'glyphs: procedural hand-drawn signs, 32×32 RGB, 10 classes',
  origin: { kind: 'procedural' },
  splits: glyphSplits,
  evaluationSplit: 'test',
  open: async ({ split }) => glyphs({ split: requireSplit('glyphs', glyphSplits, split) }),
};

const builtIn: readonly Dataset[] = [
  published('cifar10', 'CIFAR-10: objects, 32×32 RGB, 10 classes', cifar10Publication, openCifar10),
  published('cifar100', 'CIFAR-100: objects, 32×32 RGB, 100 classes', cifar100Publication, openCifar100),
  published('cifar100-coarse', 'CIFAR-100 by its 20 superclasses', cifar100Publication, (options) =>
    openCifar100({ ...options, classes: 'coarse' }),
  ),
  published('mnist', 'MNIST: handwritten digits, 28×28 grey, 10 classes', mnistPublication, openMnist),
  published(
    'fashion-mnist',
    'Fashion-MNIST: garments, 28×28 grey, 10 classes',
    fashionMnistPublication,
    openFashionMnist,
  ),
  manual(
    'imagenet',
    'ImageNet (ILSVRC 2012): objects, cropped to 224×224 RGB, 1000 classes',
    'ask for it at image-net.org, then put it as imagenet/train/<wnid> and imagenet/val/<wnid> into the data folder',
    (dataDir, split) => openImageNet({ folder: join(dataDir, 'imagenet'), split }),
  ),
  manual(
    'tiny-imagenet',
    'Tiny-ImageNet: objects, 64×64 RGB, 200 classes',
    'get tiny-imagenet-200.zip from cs231n.stanford.edu, and unpack it in the data folder',
    async (dataDir, split) => openTinyImageNet({ folder: await findTinyImageNet(dataDir), split }),
  ),
  glyphsDataset,
  classFolders(),
];

/** The data sets known by name; `defaultDatasets.with([name, dataset])` is a registry with one more. */
export const defaultDatasets: Registry<Dataset> = registry(
  'data set',
  builtIn.map((dataset) => [dataset.name, dataset] as const),
);
