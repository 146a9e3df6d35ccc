import type { TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { sizeOf } from './sizes.js';

/** The forms' numbers, in the order that the functions take them. */
const valueNumbers = ['levels', 'lowest', 'rounding', 'seed', 'bound'] as const;
const gradientNumbers = ['levels', 'lowest', 'highestPassing', 'rounding', 'seed', 'bound'] as const;

/**
 * The channels that have a θ each, and the least multiple of them that is one of 4.
 *
 * @throws if z does not have that many channels.
 */
function channelsOf(z: TensorInfo, threshold: TensorInfo, kernelName: string) {
  const channels = sizeOf(threshold);
  if (z.shape.at(-1) !== channels) {
    throw new Error(
      `${kernelName} takes one threshold, or one for each channel: ${channels} do not fit values of shape [${z.shape.join(', ')}].`,
    );
  }
  return { channels, period: channels % 4 === 0 ? channels : channels % 2 === 0 ? 2 * channels : 4 * channels };
}

const thresholdGrid: NativeKernel = {
  kernelName: 'RheobaseThresholdGrid',
  prepare: (module) => {
    const [one, each] = [module.kernel('f32_threshold_grid_4'), module.kernel('f32_threshold_grid_channels_4')];
    return ({ inputs, attributes, heap }) => {
      const z = requireInput(inputs, 'z', 'RheobaseThresholdGrid');
      const threshold = requireInput(inputs, 'threshold', 'RheobaseThresholdGrid');
      const numbers = valueNumbers.map((name) => numberAttribute(attributes, name, 'RheobaseThresholdGrid'));
      if (sizeOf(threshold) === 1) {
        const y = heap.output(z.shape);
        one(...[z, threshold, y].map(heap.address), sizeOf(z), ...numbers);
        return y;
      }
      const { channels, period } = channelsOf(z, threshold, 'RheobaseThresholdGrid');
      const y = heap.output(z.shape);
      heap.withScratch(4 * period, (scratch) =>
        each(...[z, threshold, y].map(heap.address), scratch, sizeOf(z), channels, period, ...numbers),
      );
      return y;
    };
  },
};

const thresholdGridGradient: NativeKernel = {
  kernelName: 'RheobaseThresholdGridGrad',
  prepare: (module) => {
    const one = module.kernel('f32_threshold_grid_gradient_4');
    const each = module.kernel('f32_threshold_grid_gradient_channels_4');
    return ({ inputs, attributes, heap }) => {
      const z = requireInput(inputs, 'z', 'RheobaseThresholdGridGrad');
      const threshold = requireInput(inputs, 'threshold', 'RheobaseThresholdGridGrad');
      const dy = requireInput(inputs, 'dy', 'RheobaseThresholdGridGrad');
      const numbers = gradientNumbers.map((name) => numberAttribute(attributes, name, 'RheobaseThresholdGridGrad'));
      const shared = sizeOf(threshold) === 1;
      const { channels, period } = shared
        ? { channels: 1, period: 4 }
        : channelsOf(z, threshold, 'RheobaseThresholdGridGrad');
      const gradients = [heap.output(z.shape), heap.output(threshold.shape)];
      const addresses = [z, threshold, dy, ...gradients].map(heap.address);
      if (shared) one(...addresses, sizeOf(z), ...numbers);
      else
        heap.withScratch(12 * period, (scratch) =>
          each(...addresses, scratch, sizeOf(z), channels, period, ...numbers),
        );
      return gradients;
    };
  },
};

const clipGradient: NativeKernel = {
  kernelName: 'RheobaseClipGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_clip_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const y = requireInput(inputs, 'y', 'RheobaseClipGrad');
      const dy = requireInput(inputs, 'dy', 'RheobaseClipGrad');
      const dx = heap.output(y.shape);
      const [low, high] = [
        numberAttribute(attributes, 'low', 'RheobaseClipGrad'),
        numberAttribute(attributes, 'high', 'RheobaseClipGrad'),
      ];
      compute(...[y, dy, dx].map(heap.address), sizeOf(y), low, high);
      return dx;
    };
  },
};

/** Activations with a threshold and levels, and the gradient of fixed clips (ReLU, ReLU6). */
export const activationKernels: readonly NativeKernel[] = [thresholdGrid, thresholdGridGradient, clipGradient];
