import type { Tensor4D } from '@tensorflow/tfjs-core';
import { engine } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

interface PoolAttributes {
  readonly filterSize: number | readonly [number, number];
  readonly strides: number | readonly [number, number];
  readonly pad: unknown;
  readonly dimRoundingMode?: string;
}

function run(name: string, inputs: Record<string, Tensor4D>, attributes: PoolAttributes): Tensor4D {
  // Untyped in tfjs: any kernel's inputs and attributes.
  return engine().runKernel(name, inputs, { ...attributes } as never);
}

/** Gradients of average and max pooling, by the kernels of those names. */
export const poolingGradients: readonly Gradient<PoolAttributes>[] = [
  {
    kernelName: 'AvgPool',
    inputsToSave: ['x'],
    gradient: (dy, saved, attributes) => ({
      x: () => run('AvgPoolGrad', { dy: dy as Tensor4D, input: at(saved, 0) as Tensor4D }, attributes),
    }),
  },
  {
    kernelName: 'MaxPool',
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradient: (dy, saved, attributes) => ({
      x: () =>
        run(
          'MaxPoolGrad',
          { dy: dy as Tensor4D, input: at(saved, 0) as Tensor4D, output: at(saved, 1) as Tensor4D },
          attributes,
        ),
    }),
  },
];
