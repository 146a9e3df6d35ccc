import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Registry, registry } from '@rheobase/network';
import type { SplitName } from '../image-source.js';
import { scenes } from '../scenes/index.js';
import type { BoxDataset } from './box-dataset.js';
import { openCoco } from './coco.js';
import { requireDataDir, requireSplit } from './dataset.js';
import { openVoc } from './voc.js';

/** The first of some folders that is there; the first of all if none is. */
async function firstFolder(candidates: readonly [string, ...string[]]): Promise<string> {
  for (const folder of candidates) {
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
  return candidates[0];
}

/** VOC by year: images of `trainval` for training and validation, of `test` for test. */
function voc(year: 2007 | 2012): BoxDataset {
  const name = `voc${year}`;
  const parts: Partial<Record<SplitName, string>> =
    year === 2007 ? { train: 'trainval', validation: 'val', test: 'test' } : { train: 'train', validation: 'val' };
  const splits: readonly SplitName[] = year === 2007 ? ['train', 'validation', 'test'] : ['train', 'validation'];
  return {
    name,
    summary: `PASCAL VOC ${year}: photographs, 20 classes`,
    origin: {
      kind: 'manual',
      how: `get the VOC${year} archives from host.robots.ox.ac.uk/pascal/VOC and unpack them in the data folder (VOCdevkit/VOC${year})`,
    },
    splits,
    evaluationSplit: year === 2007 ? 'test' : 'validation',
    protocol: year === 2007 ? 'voc-2007' : 'voc-2010',
    open: async ({ dataDir, split }) => {
      const chosen = requireSplit(name, splits, split);
      const root = requireDataDir(name, dataDir);
      const folder = await firstFolder([join(root, 'VOCdevkit', `VOC${year}`), join(root, 'voc', `VOC${year}`)]);
      return openVoc({ folder, imageSet: parts[chosen] ?? chosen, split: chosen, name });
    },
  };
}

const threeParts = ['train', 'validation', 'test'] as const;

const bccd: BoxDataset = {
  name: 'bccd',
  summary: 'BCCD: blood cells under the microscope, 640×480, 3 classes',
  origin: {
    kind: 'manual',
    how: 'get github.com/Shenggan/BCCD_Dataset and put its folder BCCD into the data folder, or into voc in it',
  },
  splits: threeParts,
  evaluationSplit: 'test',
  protocol: 'voc-2010',
  open: async ({ dataDir, split }) => {
    const root = requireDataDir('bccd', dataDir);
    return openVoc({
      folder: await firstFolder([join(root, 'voc', 'BCCD'), join(root, 'BCCD')]),
      imageSet: split === 'validation' ? 'val' : requireSplit('bccd', threeParts, split),
      split,
      name: 'bccd',
      classNames: ['RBC', 'WBC', 'Platelets'],
    });
  },
};

const cocoSplits = ['train', 'validation'] as const;

const coco: BoxDataset = {
  name: 'coco',
  summary: 'COCO 2017: photographs, 80 classes',
  origin: {
    kind: 'manual',
    how: 'get the images and annotations of 2017 from cocodataset.org and unpack them in coco in the data folder',
  },
  splits: cocoSplits,
  evaluationSplit: 'validation',
  protocol: 'coco',
  open: async ({ dataDir, split }) => {
    const chosen = requireSplit('coco', cocoSplits, split);
    const part = chosen === 'train' ? 'train2017' : 'val2017';
    return openCoco({ folder: join(requireDataDir('coco', dataDir), 'coco'), part, split: chosen });
  },
};

const sceneSplits = ['train', 'test'] as const;

const scenesDataset: BoxDataset = {
  name: 'scenes',
  summary: 'scenes: procedural shapes on textured ground, 96×96 RGB, 5 classes',
  origin: { kind: 'procedural' },
  splits: sceneSplits,
  evaluationSplit: 'test',
  protocol: 'voc-2010',
  open: async ({ split }) => scenes({ split: requireSplit('scenes', sceneSplits, split) }),
};

/** The sets of images with boxes known by name; `defaultBoxDatasets.with([name, set])` is a registry with one more. */
export const defaultBoxDatasets: Registry<BoxDataset> = registry(
  'set of images with boxes',
  [voc(2007), voc(2012), bccd, coco, scenesDataset].map((dataset) => [dataset.name, dataset] as const),
);
