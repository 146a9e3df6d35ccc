import { choice, integer } from '@rheobase/network';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { basicStages, cifarStem, projection, zeroPadding } from './residual-block.js';

const cifarResNetOptions = {
  shortcut: choice(
    'where shapes differ: A takes every second pixel and adds zero channels, B is a 1×1 convolution with a batch norm',
    ['A', 'B'],
    'A',
  ),
  width: integer('channels of the first stage; each later stage has twice as many as the one before', 16),
};

type Depth = 20 | 32 | 44 | 56 | 110;

const family = (depth: Depth) =>
  modelFamily({
    name: `resnet${depth}`,
    summary: `ResNet-${depth} for CIFAR: three stages 16-32-64 of ${(depth - 2) / 6} basic blocks`,
    source: 'He, Zhang, Ren and Sun, arXiv 1512.03385, §4.2; names as in akamaster/pytorch_resnet_cifar10',
    normalization: 'cifar10',
    standard: { classes: 10, inputShape: [32, 32, 3] },
    options: cifarResNetOptions,
    construct: (network, input, { width, shortcut: kind, classes }) => {
      const blocks = (depth - 2) / 6;
      const shortcut = kind === 'A' ? zeroPadding : projection('shortcut');
      const stem = cifarStem(network, input, width);
      const ends = basicStages(network, stem, [blocks, blocks, blocks], { filters: width, shortcut });
      return network.dense('linear', network.globalAveragePool('avgpool', ends.at(-1) ?? stem), classes);
    },
  });

export const cifarResNetFamilies = {
  20: family(20),
  32: family(32),
  44: family(44),
  56: family(56),
  110: family(110),
} as const;

type CifarResNetFunction = ModelFunction<typeof cifarResNetOptions>;

/** ResNet-20 for CIFAR, 0.27 million parameters: `[32, 32, 3]` → `[10]`. */
export const resnet20: CifarResNetFunction = cifarResNetFamilies[20].build;
/** ResNet-32 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const resnet32: CifarResNetFunction = cifarResNetFamilies[32].build;
/** ResNet-44 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const resnet44: CifarResNetFunction = cifarResNetFamilies[44].build;
/** ResNet-56 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const resnet56: CifarResNetFunction = cifarResNetFamilies[56].build;
/** ResNet-110 for CIFAR, 1.7 million parameters: `[32, 32, 3]` → `[10]`. */
export const resnet110: CifarResNetFunction = cifarResNetFamilies[110].build;
