import { integer } from '@rheobase/network';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { cifarStem, groupedBottleneck, projection, residualStages } from './residual-block.js';

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
    const stem = cifarStem(network, input, width);
    const ends = residualStages(stem, [3, 3, 3], (block, at, { widening, stride }) =>
      groupedBottleneck(network, block, at, {
        inner: cardinality * groupWidth * widening,
        groups: cardinality,
        filters: 4 * width * widening,
        stride,
        shortcut: projection('downsample'),
      }),
    );
    return network.dense('fc', network.globalAveragePool('avgpool', ends.at(-1) ?? stem), classes);
  },
});

/** ResNeXt-29 for CIFAR, by default 8×64d, 34.4 million parameters: `[32, 32, 3]` → `[10]`. */
export const resnext29: ModelFunction<typeof resNextOptions> = resNext29Family.build;
