import type { OptionValues } from '@rheobase/network';
import { choice, evenPadding, integer } from '@rheobase/network';
import type { Layers } from './layers.js';
import { poolingOption } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { widths } from './options.js';

/** Convolutions in each of the five stages. */
const stages = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;
type Depth = keyof typeof stages;

const vggOptions = {
  pooling: poolingOption(
    'what ends a stage: max as published, or average, which is cheaper in spiking networks',
    'max',
  ),
  normalization: choice('a batch norm after each convolution, or none', ['batch', 'none'], 'batch'),
  widths: widths('channels of the five stages', [64, 128, 256, 512, 512], 5),
  hidden: integer('units of each of the two hidden dense layers', 4096),
};

/** Names count modules as torchvision's `features` and `classifier` do, dropouts included. */
function construct(
  network: Layers,
  input: string,
  depth: Depth,
  pools: number,
  options: OptionValues<typeof vggOptions> & { readonly classes: number },
): string {
  let index = 0;
  const next = (): string => {
    index += 1;
    return `features.${index - 1}`;
  };
  let at = input;
  for (const [stage, convolutions] of stages[depth].entries()) {
    const filters = options.widths[stage] ?? 0;
    for (let layer = 0; layer < convolutions; layer += 1) {
      at = network.convolution(next(), at, { filters, kernel: 3, padding: evenPadding(1), bias: 'zeros' });
      if (options.normalization === 'batch') at = network.batchNorm(next(), at);
      at = network.activation(next(), at);
    }
    if (stage < pools) at = network.pool(next(), at, { pooling: options.pooling, size: 2, stride: 2 });
  }
  at = network.flatten('flatten', at);
  at = network.activation('classifier.1', network.dense('classifier.0', at, options.hidden));
  at = network.activation('classifier.4', network.dense('classifier.3', at, options.hidden));
  return network.dense('classifier.6', at, options.classes);
}

const source = 'Simonyan and Zisserman, arXiv 1409.1556';

const cifar = (depth: Depth) =>
  modelFamily({
    name: `vgg${depth}`,
    summary: `VGG-${depth} for CIFAR: four poolings, then 512·2·2 → 4096 → 4096 → classes`,
    source,
    normalization: 'cifar10',
    standard: { classes: 10, inputShape: [32, 32, 3], inputShapeInWeights: true },
    options: vggOptions,
    construct: (network, input, options) => construct(network, input, depth, 4, options),
  });

const imageNet = (depth: Depth) =>
  modelFamily({
    name: `vgg${depth}-imagenet`,
    summary: `VGG-${depth} for 224×224 images: five poolings, then 512·7·7 → 4096 → 4096 → classes, named as in torchvision`,
    source,
    normalization: 'imagenet',
    standard: { classes: 1000, inputShape: [224, 224, 3], inputShapeInWeights: true },
    options: vggOptions,
    construct: (network, input, options) => construct(network, input, depth, 5, options),
  });

export const vggFamilies = {
  cifar: { 11: cifar(11), 13: cifar(13), 16: cifar(16), 19: cifar(19) },
  imageNet: { 11: imageNet(11), 13: imageNet(13), 16: imageNet(16), 19: imageNet(19) },
} as const;

type VggFunction = ModelFunction<typeof vggOptions>;

/** VGG-11 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const vgg11: VggFunction = vggFamilies.cifar[11].build;
/** VGG-13 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const vgg13: VggFunction = vggFamilies.cifar[13].build;
/** VGG-16 for CIFAR, 13 convolutions and four poolings (as in arXiv 2205.07473): `[32, 32, 3]` → `[10]`. */
export const vgg16: VggFunction = vggFamilies.cifar[16].build;
/** VGG-19 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const vgg19: VggFunction = vggFamilies.cifar[19].build;
/** VGG-11 for ImageNet: `[224, 224, 3]` → `[1000]`. */
export const vgg11ImageNet: VggFunction = vggFamilies.imageNet[11].build;
/** VGG-13 for ImageNet: `[224, 224, 3]` → `[1000]`. */
export const vgg13ImageNet: VggFunction = vggFamilies.imageNet[13].build;
/** VGG-16 for ImageNet, 138 million parameters: `[224, 224, 3]` → `[1000]`. */
export const vgg16ImageNet: VggFunction = vggFamilies.imageNet[16].build;
/** VGG-19 for ImageNet: `[224, 224, 3]` → `[1000]`. */
export const vgg19ImageNet: VggFunction = vggFamilies.imageNet[19].build;
