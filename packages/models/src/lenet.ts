import { evenPadding } from '@rheobase/network';
import { poolingOption } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';

const leNetOptions = { pooling: poolingOption('the two poolings', 'average') };

export const leNet5Family = modelFamily({
  name: 'lenet5',
  summary: 'LeNet-5 for MNIST: two 5×5 convolutions, each with a pooling, then 120 and 84 units; no batch norm',
  source: 'LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 86 (1998), 2278–2324',
  normalization: 'mnist',
  standard: { classes: 10, inputShape: [28, 28, 1], inputShapeInWeights: true },
  options: leNetOptions,
  construct: (network, input, { pooling, classes }) => {
    const halved = { pooling, size: 2, stride: 2 } as const;
    const conv1 = network.convolution('conv1', input, {
      filters: 6,
      kernel: 5,
      padding: evenPadding(2),
      bias: 'zeros',
    });
    const pool1 = network.pool('pool1', network.activation('relu1', conv1), halved);
    const conv2 = network.convolution('conv2', pool1, { filters: 16, kernel: 5, bias: 'zeros' });
    const pool2 = network.pool('pool2', network.activation('relu2', conv2), halved);
    const fc1 = network.dense('fc1', network.flatten('flatten', pool2), 120);
    const fc2 = network.dense('fc2', network.activation('relu3', fc1), 84);
    return network.dense('fc3', network.activation('relu4', fc2), classes);
  },
});

/** LeNet-5, by default with ReLU, 61,706 parameters: `[28, 28, 1]` → `[10]`. */
export const lenet5: ModelFunction<typeof leNetOptions> = leNet5Family.build;
