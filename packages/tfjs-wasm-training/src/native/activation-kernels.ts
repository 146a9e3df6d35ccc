import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { sizeOf } from './sizes.js';

const thresholdGrid: NativeKernel = {
  kernelName: 'RheobaseThresholdGrid',
  prepare: (module) => {
    const compute = module.kernel('f32_threshold_grid_4');
    return ({ inputs, attributes, heap }) => {
      const z = requireInput(inputs, 'z', 'RheobaseThresholdGrid');
      const threshold = requireInput(inputs, 'threshold', 'RheobaseThresholdGrid');
      const number = (name: string): number => numberAttribute(attributes, name, 'RheobaseThresholdGrid');
      const y = heap.output(z.shape);
      const given = [z, threshold, y].map(heap.address);
      compute(
        ...given,
        sizeOf(z),
        number('levels'),
        number('lowest'),
        number('rounding'),
        number('seed'),
        number('bound'),
      );
      return y;
    };
  },
};

const thresholdGridGradient: NativeKernel = {
  kernelName: 'RheobaseThresholdGridGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_threshold_grid_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const z = requireInput(inputs, 'z', 'RheobaseThresholdGridGrad');
      const threshold = requireInput(inputs, 'threshold', 'RheobaseThresholdGridGrad');
      const dy = requireInput(inputs, 'dy', 'RheobaseThresholdGridGrad');
      const number = (name: string): number => numberAttribute(attributes, name, 'RheobaseThresholdGridGrad');
      const gradients = [heap.output(z.shape), heap.output(threshold.shape)];
      compute(
        ...[z, threshold, dy, ...gradients].map(heap.address),
        sizeOf(z),
        number('levels'),
        number('lowest'),
        number('highestPassing'),
        number('rounding'),
        number('seed'),
        number('bound'),
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
