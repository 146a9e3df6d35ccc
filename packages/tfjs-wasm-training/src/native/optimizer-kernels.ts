import type { TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { sizeOf } from './sizes.js';

/** A kernel that writes into its inputs, of one size all, and gives nothing. */
function inPlace(
  kernelName: string,
  nativeName: string,
  inputNames: readonly string[],
  numbers: readonly string[],
): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel(nativeName);
      return ({ inputs, attributes, heap }) => {
        const tensors = inputNames.map((name): TensorInfo => requireInput(inputs, name, kernelName));
        const [size = 0, ...others] = tensors.map(sizeOf);
        if (others.some((other) => other !== size)) {
          throw new Error(`${kernelName} was given ${[size, ...others].join(', ')} values: they must be as many.`);
        }
        compute(
          ...tensors.map(heap.address),
          size,
          ...numbers.map((name) => numberAttribute(attributes, name, kernelName)),
        );
        return [];
      };
    },
  };
}

/** Optimizer steps and moving averages. */
export const optimizerKernels: readonly NativeKernel[] = [
  inPlace(
    'RheobaseSgdMomentum',
    'f32_sgd_momentum_4',
    ['variable', 'velocity', 'gradient'],
    ['learningRate', 'momentum', 'decay'],
  ),
  inPlace(
    'RheobaseSgdNesterov',
    'f32_sgd_nesterov_4',
    ['variable', 'velocity', 'gradient'],
    ['learningRate', 'momentum', 'decay'],
  ),
  inPlace(
    'RheobaseAdamW',
    'f32_adamw_4',
    ['variable', 'mean', 'meanSquare', 'gradient'],
    ['beta1', 'beta2', 'keep', 'step', 'spread', 'epsilon'],
  ),
  inPlace('RheobaseMovingAverage', 'f32_moving_average_4', ['average', 'value'], ['decay', 'share']),
  {
    kernelName: 'RheobaseSumOfSquares',
    prepare: (module) => {
      const compute = module.kernel('f64_sum_of_squares_4');
      return ({ inputs, heap }) => {
        const x = requireInput(inputs, 'x', 'RheobaseSumOfSquares');
        // tfjs has no type for it: one double in the memory of two floats.
        const sum = heap.output([2]);
        compute(heap.address(x), heap.address(sum), sizeOf(x));
        return sum;
      };
    },
  },
];
