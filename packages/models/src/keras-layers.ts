import { samePadding } from '@rheobase/network';
import type { Layers } from './layers.js';

/**
 * Names as Keras gives them: a counter for each kind of layer, the first without a number (`conv2d`, `conv2d_1`, …). So layers
 * must be added in the order in which Keras created them.
 */
function kerasNames(): (kind: string) => string {
  const counts = new Map<string, number>();
  return (kind) => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  };
}

/** Layers as Keras makes them by default: TensorFlow's same padding, a bias before the batch norm, ε = 0.001. */
export interface KerasLayers {
  conv2d(
    input: string,
    options: { readonly filters: number; readonly kernel: number; readonly stride?: number },
  ): string;
  depthwiseConv2d(input: string, options: { readonly kernel: number; readonly stride: number }): string;
  batchNormalization(input: string): string;
  activation(input: string): string;
  add(inputs: readonly string[]): string;
  globalAveragePool(input: string): string;
  dense(input: string, units: number): string;
}

export function kerasLayers(network: Layers): KerasLayers {
  const next = kerasNames();
  const same = (input: string, kernel: number, stride: number) => {
    const [height, width] = network.imageAt(input);
    return samePadding([height, width], [kernel, kernel], [stride, stride]);
  };
  return {
    conv2d: (input, { filters, kernel, stride = 1 }) =>
      network.convolution(next('conv2d'), input, {
        filters,
        kernel,
        stride,
        padding: same(input, kernel, stride),
        bias: 'zeros',
      }),
    depthwiseConv2d: (input, { kernel, stride }) => {
      const [, , channels] = network.imageAt(input);
      return network.convolution(next('depthwise_conv2d'), input, {
        filters: channels,
        kernel,
        stride,
        padding: same(input, kernel, stride),
        groups: channels,
        bias: 'zeros',
      });
    },
    batchNormalization: (input) => network.batchNorm(next('batch_normalization'), input, 1e-3),
    activation: (input) => network.activation(next('activation'), input),
    add: (inputs) => network.add(next('add'), inputs),
    globalAveragePool: (input) => network.globalAveragePool(next('average_pooling2d'), input),
    dense: (input, units) => network.dense(next('dense'), input, units),
  };
}
