import { kerasLayers } from './keras-layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';

const noOptions = {};

export const resNet8Family = modelFamily({
  name: 'resnet8',
  summary:
    'The ResNet-8 of MLPerf Tiny (Keras) for CIFAR-10: three stages 16-32-64 of one block; gives logits, no softmax',
  source: 'Banbury et al., MLPerf Tiny Benchmark, arXiv 2106.07597; mlcommons/tiny',
  normalization: 'raw',
  standard: { classes: 10, inputShape: [32, 32, 3] },
  options: noOptions,
  construct: (network, input, { classes }) => {
    const keras = kerasLayers(network);
    let at = keras.activation(keras.batchNormalization(keras.conv2d(input, { filters: 16, kernel: 3 })));
    for (const { filters, stride } of [
      { filters: 16, stride: 1 },
      { filters: 32, stride: 2 },
      { filters: 64, stride: 2 },
    ]) {
      const first = keras.conv2d(at, { filters, kernel: 3, stride });
      const middle = keras.activation(keras.batchNormalization(first));
      const second = keras.conv2d(middle, { filters, kernel: 3 });
      const shortcut = stride === 1 ? at : keras.conv2d(at, { filters, kernel: 1, stride });
      at = keras.activation(keras.add([shortcut, keras.batchNormalization(second)]));
    }
    return keras.dense(keras.globalAveragePool(at), classes);
  },
});

/** The Keras ResNet-8 of MLPerf Tiny, 78,666 parameters with the statistics of its batch norms: `[32, 32, 3]`, pixels 0…255, → `[10]` logits. */
export const resnet8: ModelFunction<typeof noOptions> = resNet8Family.build;
