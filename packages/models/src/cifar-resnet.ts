import { choice, evenPadding, integer } from '@rheobase/network';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { basicBlock, projection, zeroPadding } from './residual-block.js';

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
    construct: (network, input, options) => {
      const conv1 = network.convolution('conv1', input, {
        filters: options.width,
        kernel: 3,
        padding: evenPadding(1),
      });
      let at = network.activation('relu1', network.batchNorm('bn1', conv1));
      for (const stage of [0, 1, 2]) {
        for (let block = 0; block < (depth - 2) / 6; block += 1) {
          at = basicBlock(network, `layer${stage + 1}.${block}`, at, {
            filters: options.width * 2 ** stage,
            stride: stage > 0 && block === 0 ? 2 : 1,
            shortcut: options.shortcut === 'A' ? zeroPadding : projection('shortcut'),
          });
        }
      }
      return network.dense('linear', network.globalAveragePool('avgpool', at), options.classes);
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
