import { evenPadding, integer } from '@rheobase/network';
import type { Layers } from './layers.js';
import { poolingOption } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { basicStages, cifarStem, projection } from './residual-block.js';

/** Blocks in each of the four stages. */
const stages = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] } as const;
type Depth = keyof typeof stages;

const width = integer('channels of the first stage; each later stage has twice as many as the one before', 64);
const cifarOptions = { width };
const imageNetOptions = {
  width,
  pooling: poolingOption(
    'the pooling of the stem: max as in torchvision, or average, which is cheaper in spiking networks',
    'max',
  ),
};

function body(network: Layers, stem: string, depth: Depth, filters: number, classes: number): string {
  const ends = basicStages(network, stem, stages[depth], { filters, shortcut: projection('downsample') });
  return network.dense('fc', network.globalAveragePool('avgpool', ends.at(-1) ?? stem), classes);
}

const source = 'He, Zhang, Ren and Sun, arXiv 1512.03385';

const cifar = (depth: Depth) =>
  modelFamily({
    name: `resnet${depth}`,
    summary: `ResNet-${depth} for CIFAR: a 3×3 stem, basic blocks 64-128-256-512, named as in torchvision`,
    source,
    normalization: 'cifar10',
    standard: { classes: 10, inputShape: [32, 32, 3] },
    options: cifarOptions,
    construct: (network, input, { width: filters, classes }) =>
      body(network, cifarStem(network, input, filters), depth, filters, classes),
  });

const imageNet = (depth: Depth) =>
  modelFamily({
    name: `resnet${depth}-imagenet`,
    summary: `ResNet-${depth} for 224×224 images: a 7×7 stem of stride 2 and a pooling, named as in torchvision`,
    source,
    normalization: 'imagenet',
    standard: { classes: 1000, inputShape: [224, 224, 3] },
    options: imageNetOptions,
    construct: (network, input, options) => {
      const conv1 = network.convolution('conv1', input, {
        filters: options.width,
        kernel: 7,
        stride: 2,
        padding: evenPadding(3),
      });
      const relu1 = network.activation('relu1', network.batchNorm('bn1', conv1));
      const stem = network.pool('pool1', relu1, {
        pooling: options.pooling,
        size: 3,
        stride: 2,
        padding: evenPadding(1),
      });
      return body(network, stem, depth, options.width, options.classes);
    },
  });

export const resNetFamilies = {
  cifar: { 18: cifar(18), 34: cifar(34) },
  imageNet: { 18: imageNet(18), 34: imageNet(34) },
} as const;

/** ResNet-18 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const resnet18: ModelFunction<typeof cifarOptions> = resNetFamilies.cifar[18].build;
/** ResNet-34 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const resnet34: ModelFunction<typeof cifarOptions> = resNetFamilies.cifar[34].build;
/** ResNet-18 for ImageNet: `[224, 224, 3]` → `[1000]`; its stem pools by 3×3 windows of stride 2, by default with max pooling. */
export const resnet18ImageNet: ModelFunction<typeof imageNetOptions> = resNetFamilies.imageNet[18].build;
/** ResNet-34 for ImageNet: `[224, 224, 3]` → `[1000]`; its stem pools by 3×3 windows of stride 2, by default with max pooling. */
export const resnet34ImageNet: ModelFunction<typeof imageNetOptions> = resNetFamilies.imageNet[34].build;
