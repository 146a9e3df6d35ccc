import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { rowsAndChannels } from './sizes.js';

/** What a fused batch norm clips its result to; infinite where it does not. */
const bounds = (attributes: NamedAttrMap, kernelName: string): readonly [low: number, high: number] => [
  numberAttribute(attributes, 'low', kernelName),
  numberAttribute(attributes, 'high', kernelName),
];

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

const batchNormalize: NativeKernel = {
  kernelName: 'RheobaseBatchNormalize',
  prepare: (module) => {
    const compute = module.kernel('f32_batch_normalize_16');
    return ({ inputs, attributes, heap }) => {
      const input = (name: string): TensorInfo => requireInput(inputs, name, 'RheobaseBatchNormalize');
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
          numberAttribute(attributes, 'epsilon', 'RheobaseBatchNormalize'),
          ...bounds(attributes, 'RheobaseBatchNormalize'),
        ),
      );
      return y;
    };
  },
};

const batchNormalizeGradient: NativeKernel = {
  kernelName: 'RheobaseBatchNormalizeGrad',
  prepare: (module) => {
    const plain = module.kernel('f32_batch_normalize_gradient_16');
    const clipped = module.kernel('f32_batch_normalize_clip_gradient_16');
    return ({ inputs, attributes, heap }) => {
      const input = (name: string): TensorInfo => requireInput(inputs, name, 'RheobaseBatchNormalizeGrad');
      const x = input('x');
      const { rows, channels } = rowsAndChannels(x);
      const gradients = [heap.output(x.shape), heap.output([channels]), heap.output([channels])];
      const given = [x, input('dy'), input('scale'), input('offset'), input('mean'), input('variance'), ...gradients];
      const epsilon = numberAttribute(attributes, 'epsilon', 'RheobaseBatchNormalizeGrad');
      const [low, high] = bounds(attributes, 'RheobaseBatchNormalizeGrad');
      heap.withScratch(12 * channels, (scratch) => {
        const common = [...given.map(heap.address), scratch, rows, channels, epsilon];
        if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) plain(...common);
        else clipped(...common, low, high);
      });
      return gradients;
    };
  },
};

/** Batch norm by the batch's own statistics, forward and backward. */
export const batchNormKernels: readonly NativeKernel[] = [batchStatistics, batchNormalize, batchNormalizeGradient];
