import type { OptionValues } from '@rheobase/network';
import { choice, integer } from '@rheobase/network';
import type { Layers } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { traceless, widths } from './options.js';
import { basicStages, cifarStem, projection, zeroPadding } from './residual-block.js';

const cifarResNetOptions = {
  shortcut: choice(
    'where shapes differ: A takes every second pixel and adds zero channels, B is a 1×1 convolution with a batch norm',
    ['A', 'B'],
    'A',
  ),
  width: integer('channels of the first stage; each later stage has twice as many as the one before', 16),
};

const resNetSmallOptions = {
  ...cifarResNetOptions,
  blocks: widths('basic blocks of each stage; every stage after the first halves the image', [1, 1, 1]),
  stemStride: traceless(integer('stride of the first convolution', 1)),
};

function construct(
  network: Layers,
  input: string,
  {
    width,
    shortcut: kind,
    blocks,
    stemStride,
    classes,
  }: OptionValues<typeof resNetSmallOptions> & { readonly classes: number },
): string {
  const shortcut = kind === 'A' ? zeroPadding : projection('shortcut');
  const stem = cifarStem(network, input, width, stemStride);
  const ends = basicStages(network, stem, blocks, { filters: width, shortcut });
  return network.dense('linear', network.globalAveragePool('avgpool', ends.at(-1) ?? stem), classes);
}

type Depth = 20 | 32 | 44 | 56 | 110;

const family = (depth: Depth) =>
  modelFamily({
    name: `resnet${depth}`,
    summary: `ResNet-${depth} for CIFAR: three stages 16-32-64 of ${(depth - 2) / 6} basic blocks`,
    source: 'He, Zhang, Ren and Sun, arXiv 1512.03385, §4.2; names as in akamaster/pytorch_resnet_cifar10',
    normalization: 'cifar10',
    standard: { classes: 10, inputShape: [32, 32, 3] },
    options: cifarResNetOptions,
    construct: (network, input, options) => {
      const blocks = (depth - 2) / 6;
      return construct(network, input, { ...options, blocks: [blocks, blocks, blocks], stemStride: 1 });
    },
  });

export const cifarResNetFamilies = {
  20: family(20),
  32: family(32),
  44: family(44),
  56: family(56),
  110: family(110),
} as const;

/** Residual networks of the same kind, but of any depth. */
export const resNetSmallFamily = modelFamily({
  name: 'resnet-small',
  summary:
    'A CIFAR-style ResNet of any depth and width: a 3×3 stem, stages of basic blocks, one dense layer at the end',
  source: 'made for this project, after He, Zhang, Ren and Sun, arXiv 1512.03385, §4.2',
  normalization: 'unit',
  standard: { classes: 10, inputShape: [32, 32, 3] },
  options: resNetSmallOptions,
  construct,
});

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
/** Stages of basic blocks, by default ResNet-8 with 16-32-64 channels: `[32, 32, 3]` → `[10]`. */
export const resnetSmall: ModelFunction<typeof resNetSmallOptions> = resNetSmallFamily.build;
