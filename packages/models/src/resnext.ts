import { evenPadding, integer } from '@rheobase/network';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { groupedBottleneck, projection } from './residual-block.js';

const resNextOptions = {
  cardinality: integer('groups of each 3×3 convolution', 8),
  groupWidth: integer(
    'channels of a group in the first stage; each later stage has twice as many as the one before',
    64,
  ),
  width: integer('channels after the stem; a block of the first stage gives four times as many', 64),
};

/** ResNeXt-29 for CIFAR, by default 8×64d; `{ cardinality: 32, groupWidth: 4 }` is 32×4d. */
export const resNext29Family = modelFamily({
  name: 'resnext29',
  summary: 'ResNeXt-29 for CIFAR, 8×64d: three stages of three grouped bottleneck blocks, 256-512-1024',
  source: 'Xie, Girshick, Dollár, Tu and He, arXiv 1611.05431, §5.3',
  normalization: 'cifar10',
  standard: { classes: 10, inputShape: [32, 32, 3] },
  options: resNextOptions,
  construct: (network, input, { cardinality, groupWidth, width, classes }) => {
    const conv1 = network.convolution('conv1', input, { filters: width, kernel: 3, padding: evenPadding(1) });
    let at = network.activation('relu1', network.batchNorm('bn1', conv1));
    for (const stage of [0, 1, 2]) {
      for (const block of [0, 1, 2]) {
        at = groupedBottleneck(network, `layer${stage + 1}.${block}`, at, {
          inner: cardinality * groupWidth * 2 ** stage,
          groups: cardinality,
          filters: 4 * width * 2 ** stage,
          stride: stage > 0 && block === 0 ? 2 : 1,
          shortcut: projection('downsample'),
        });
      }
    }
    return network.dense('fc', network.globalAveragePool('avgpool', at), classes);
  },
});

/** ResNeXt-29 for CIFAR, by default 8×64d, 34.4 million parameters: `[32, 32, 3]` → `[10]`. */
export const resnext29: ModelFunction<typeof resNextOptions> = resNext29Family.build;
