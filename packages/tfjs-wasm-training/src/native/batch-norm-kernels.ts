import type { TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { rowsAndChannels } from './sizes.js';

const batchStatistics: NativeKernel = {
  kernelName: 'RheobaseBatchStatistics',
  prepare: (module) => {
    const compute = module.kernel('f32_batch_statistics_16');
    return ({ inputs, heap }) => {
      const x = requireInput(inputs, 'x', 'RheobaseBatchStatistics');
      const { rows, channels } = rowsAndChannels(x);
      const [mean, variance] = [heap.output([channels]), heap.output([channels])];
      compute(heap.address(x), heap.address(mean), heap.address(variance), rows, channels);
      return [mean, variance];
    };
  },
};

const normalize: NativeKernel = {
  kernelName: 'RheobaseNormalize',
  prepare: (module) => {
    const compute = module.kernel('f32_normalize_16');
    return ({ inputs, attributes, heap }) => {
      const input = (name: string): TensorInfo => requireInput(inputs, name, 'RheobaseNormalize');
      const x = input('x');
      const { rows, channels } = rowsAndChannels(x);
      const y = heap.output(x.shape);
      const given = [x, input('scale'), input('offset'), input('mean'), input('variance'), y];
      heap.withScratch(4 * channels, (scratch) =>
        compute(
          ...given.map(heap.address),
          scratch,
          rows,
          channels,
          numberAttribute(attributes, 'epsilon', 'RheobaseNormalize'),
        ),
      );
      return y;
    };
  },
};

function normalizeGradient(kernelName: string, nativeName: string): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel(nativeName);
      return ({ inputs, attributes, heap }) => {
        const input = (name: string): TensorInfo => requireInput(inputs, name, kernelName);
        const x = input('x');
        const { rows, channels } = rowsAndChannels(x);
        const gradients = [heap.output(x.shape), heap.output([channels]), heap.output([channels])];
        const given = [x, input('dy'), input('scale'), input('mean'), input('variance'), ...gradients];
        const epsilon = numberAttribute(attributes, 'epsilon', kernelName);
        // Three values a channel, of which the second kernel needs one.
        heap.withScratch(12 * channels, (scratch) =>
          compute(...given.map(heap.address), scratch, rows, channels, epsilon),
        );
        return gradients;
      };
    },
  };
}

/** Batch norm by the batch's own statistics or by given ones, forward and backward. */
export const batchNormKernels: readonly NativeKernel[] = [
  batchStatistics,
  normalize,
  normalizeGradient('RheobaseBatchNormalizeGrad', 'f32_batch_normalize_gradient_16'),
  normalizeGradient('RheobaseFixedNormalizeGrad', 'f32_fixed_normalize_gradient_16'),
];
