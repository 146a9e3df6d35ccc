import { integer } from '@rheobase/network';
import { kerasLayers } from './keras-layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';

const mobileNetV1Options = {
  width: integer('channels after the stem; the published network of factor 1 has 32', 8),
};

/** Channels of each depthwise-separable block, as multiples of the stem's, and its stride. */
const blocks = [
  { multiple: 2, stride: 1 },
  { multiple: 4, stride: 2 },
  { multiple: 4, stride: 1 },
  { multiple: 8, stride: 2 },
  { multiple: 8, stride: 1 },
  { multiple: 16, stride: 2 },
  ...Array.from({ length: 5 }, () => ({ multiple: 16, stride: 1 })),
  { multiple: 32, stride: 2 },
  { multiple: 32, stride: 1 },
];

export const mobileNetV1VwwFamily = modelFamily({
  name: 'mobilenetv1-vww',
  summary:
    'The MobileNetV1 0.25 of MLPerf Tiny (Keras) for 96×96 visual wake words: person or not; gives logits, no softmax',
  source: 'Howard et al., arXiv 1704.04861; Banbury et al., MLPerf Tiny Benchmark, arXiv 2106.07597; mlcommons/tiny',
  normalization: 'unit',
  standard: { classes: 2, inputShape: [96, 96, 3] },
  options: mobileNetV1Options,
  construct: (network, input, { width, classes }) => {
    const keras = kerasLayers(network);
    let at = keras.activation(keras.batchNormalization(keras.conv2d(input, { filters: width, kernel: 3, stride: 2 })));
    for (const { multiple, stride } of blocks) {
      at = keras.activation(keras.batchNormalization(keras.depthwiseConv2d(at, { kernel: 3, stride })));
      at = keras.activation(keras.batchNormalization(keras.conv2d(at, { filters: width * multiple, kernel: 1 })));
    }
    return keras.dense(keras.globalAveragePool(at), classes);
  },
});

/** The Keras MobileNetV1 0.25 of MLPerf Tiny: `[96, 96, 3]`, pixels 0…1, → `[2]` logits. */
export const mobilenetV1Vww: ModelFunction<typeof mobileNetV1Options> = mobileNetV1VwwFamily.build;
