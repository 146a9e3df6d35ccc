import type { KernelConfig, KernelFunc, Tensor4D } from '@tensorflow/tfjs-core';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { conv2dFilterGradient } from './conv2d-filter-gradient.js';
import { conv2dInputGradient } from './conv2d-input-gradient.js';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients.js';
import type { ConvolutionAttributes } from './geometry.js';
import type { PoolAttributes } from './pooling-gradients.js';
import { avgPoolGradient, maxPoolGradient } from './pooling-gradients.js';

type Shape4 = readonly [number, number, number, number];

/** What tfjs hands a kernel, as this package's own gradients and tfjs' fill it in. */
interface GradientCall {
  readonly inputs: Readonly<Record<'x' | 'dy' | 'filter' | 'input' | 'output', Tensor4D>>;
  readonly attrs: ConvolutionAttributes &
    PoolAttributes & { readonly inputShape: Shape4; readonly filterShape: Shape4 };
}

function composed(kernelName: string, compute: (call: GradientCall) => Tensor4D): KernelConfig {
  // tfjs types every kernel's arguments as untyped maps; each name below is given exactly these by its gradient.
  const kernelFunc: KernelFunc = (call) => compute(call as unknown as GradientCall);
  return { kernelName, backendName: 'wasm', kernelFunc };
}

/** The composed kernels, in the order they are registered. */
const composedKernels: readonly KernelConfig[] = [
  composed('Conv2DBackpropInput', ({ inputs: { dy, filter }, attrs }) =>
    conv2dInputGradient(dy, filter, attrs.inputShape, attrs),
  ),
  composed('Conv2DBackpropFilter', ({ inputs: { x, dy }, attrs }) =>
    conv2dFilterGradient(x, dy, attrs.filterShape, attrs),
  ),
  composed('DepthwiseConv2dNativeBackpropInput', ({ inputs: { dy, filter }, attrs }) =>
    depthwiseInputGradient(dy, filter, attrs.inputShape, attrs),
  ),
  composed('DepthwiseConv2dNativeBackpropFilter', ({ inputs: { x, dy }, attrs }) =>
    depthwiseFilterGradient(x, dy, attrs.filterShape, attrs),
  ),
  composed('AvgPoolGrad', ({ inputs: { dy, input }, attrs }) => avgPoolGradient(dy, input.shape, attrs)),
  composed('MaxPoolGrad', ({ inputs: { dy, input, output }, attrs }) => maxPoolGradient(dy, input, output, attrs)),
];

/**
 * Gives tfjs-backend-wasm the gradients it lacks (convolution filters, both depthwise ones), has too slow (convolution
 * inputs), or has wrong (its max pooling's drops the gradient of windows whose maximum is negative, its average pooling's
 * divides by the whole window at a padded border while the forward pass does not), composed from operations it has.
 */
export function registerComposedKernels(): void {
  for (const kernel of composedKernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) != null)
      unregisterKernel(kernel.kernelName, kernel.backendName);
    registerKernel(kernel);
  }
}

/**
 * Gives the backend only those of the composed kernels that it does not have at all, and leaves its own as they are: stock
 * tfjs-backend-wasm with the minimum needed to train, for comparison.
 *
 * @returns the names of those that it did not have
 */
export function registerMissingKernels(): readonly string[] {
  const missing = composedKernels.filter(({ kernelName, backendName }) => getKernel(kernelName, backendName) == null);
  for (const kernel of missing) registerKernel(kernel);
  return missing.map(({ kernelName }) => kernelName);
}
