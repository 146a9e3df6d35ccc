import type { OptionValues } from '@rheobase/network';
import { choice, evenPadding, positiveNumber } from '@rheobase/network';
import { relu6Sites } from './activation-sites.js';
import type { Layers } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { traceless } from './options.js';

const mobileNetOptions = {
  widthMultiplier: positiveNumber('factor on all channels, which are then rounded to multiples of 8', 1),
  blockOutput: traceless(
    choice(
      'linear as published, or an activation after each block, so that in a spiking network every block ends in spikes',
      ['linear', 'activation'],
      'linear',
    ),
  ),
};

interface Stage {
  readonly expansion: number;
  readonly filters: number;
  readonly blocks: number;
  readonly stride: 1 | 2;
}

const imageNetStages: readonly Stage[] = [
  { expansion: 1, filters: 16, blocks: 1, stride: 1 },
  { expansion: 6, filters: 24, blocks: 2, stride: 2 },
  { expansion: 6, filters: 32, blocks: 3, stride: 2 },
  { expansion: 6, filters: 64, blocks: 4, stride: 2 },
  { expansion: 6, filters: 96, blocks: 3, stride: 1 },
  { expansion: 6, filters: 160, blocks: 3, stride: 2 },
  { expansion: 6, filters: 320, blocks: 1, stride: 1 },
];
/** On 32×32 images the stem and the first stage that would halve them keep their size. */
const cifarStages = imageNetStages.map((stage) => (stage.filters === 24 ? { ...stage, stride: 1 as const } : stage));

/** The nearest multiple of 8, but never less than nine tenths of `channels`. */
function roundedToEight(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/** Names count modules as torchvision's `features` and `conv` do. */
function construct(
  network: Layers,
  input: string,
  { stages, stemStride }: { readonly stages: readonly Stage[]; readonly stemStride: 1 | 2 },
  options: OptionValues<typeof mobileNetOptions> & { readonly classes: number },
): string {
  const scaled = (channels: number): number => roundedToEight(channels * options.widthMultiplier);
  const unit = (name: string, at: string, convolution: Parameters<Layers['convolution']>[2]): string =>
    network.activation(`${name}.2`, network.batchNorm(`${name}.1`, network.convolution(`${name}.0`, at, convolution)));

  let at = unit('features.0', input, { filters: scaled(32), kernel: 3, stride: stemStride, padding: evenPadding(1) });
  let index = 0;
  for (const { expansion, filters, blocks, stride } of stages) {
    for (let block = 0; block < blocks; block += 1) {
      index += 1;
      const name = `features.${index}`;
      const entry = at;
      const channels = network.imageAt(entry)[2];
      const blockStride = block === 0 ? stride : 1;
      const expanded = channels * expansion;
      let part = 0;
      if (expansion !== 1) {
        at = unit(`${name}.conv.0`, at, { filters: expanded, kernel: 1 });
        part = 1;
      }
      at = unit(`${name}.conv.${part}`, at, {
        filters: expanded,
        kernel: 3,
        stride: blockStride,
        padding: evenPadding(1),
        groups: expanded,
      });
      at = network.convolution(`${name}.conv.${part + 1}`, at, { filters: scaled(filters), kernel: 1 });
      at = network.batchNorm(`${name}.conv.${part + 2}`, at);
      if (blockStride === 1 && channels === scaled(filters)) at = network.add(`${name}.add`, [entry, at]);
      if (options.blockOutput === 'activation') at = network.activation(`${name}.relu`, at);
    }
  }
  at = unit(`features.${index + 1}`, at, {
    filters: roundedToEight(1280 * Math.max(1, options.widthMultiplier)),
    kernel: 1,
  });
  return network.dense('classifier.1', network.globalAveragePool('avgpool', at), options.classes);
}

const source = 'Sandler, Howard, Zhu, Zhmoginov and Chen, arXiv 1801.04381';

export const mobileNetV2Families = {
  cifar: modelFamily({
    name: 'mobilenetv2',
    summary: 'MobileNetV2 for CIFAR: as the published one, with the first two strides 1; ReLU6',
    source,
    normalization: 'cifar10',
    standard: { classes: 10, inputShape: [32, 32, 3], activation: relu6Sites },
    options: mobileNetOptions,
    construct: (network, input, options) => construct(network, input, { stages: cifarStages, stemStride: 1 }, options),
  }),
  imageNet: modelFamily({
    name: 'mobilenetv2-imagenet',
    summary: 'MobileNetV2 for 224×224 images, named as in torchvision; ReLU6',
    source,
    normalization: 'imagenet',
    standard: { classes: 1000, inputShape: [224, 224, 3], activation: relu6Sites },
    options: mobileNetOptions,
    construct: (network, input, options) =>
      construct(network, input, { stages: imageNetStages, stemStride: 2 }, options),
  }),
} as const;

/** MobileNetV2 for CIFAR: `[32, 32, 3]` → `[10]`. */
export const mobilenetV2: ModelFunction<typeof mobileNetOptions> = mobileNetV2Families.cifar.build;
/** MobileNetV2 for ImageNet, 3.5 million parameters: `[224, 224, 3]` → `[1000]`. */
export const mobilenetV2ImageNet: ModelFunction<typeof mobileNetOptions> = mobileNetV2Families.imageNet.build;
