import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { poolWindows } from '../kernels/pooling-gradients.js';
import type { PoolAttributes } from '../kernels/pooling-gradients.js';
import { numberAttribute } from './attributes.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { imageSizes } from './sizes.js';

/** Sizes in the order in which the pooling kernels take them. */
function poolSizes(
  [images, height, width, channels]: readonly [number, number, number, number],
  attributes: NamedAttrMap,
): readonly number[] {
  // tfjs types attributes as an untyped map; a pooling's are these.
  const given = attributes as unknown as PoolAttributes;
  const { size, stride, top, left, rows, columns } = poolWindows([images, height, width, channels], given);
  return [images, height, width, channels, rows, columns, ...size, ...stride, top, left];
}

const maxPoolGradient: NativeKernel = {
  kernelName: 'MaxPoolGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_max_pool_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const x = requireInput(inputs, 'input', 'MaxPoolGrad');
      const y = requireInput(inputs, 'output', 'MaxPoolGrad');
      const dy = requireInput(inputs, 'dy', 'MaxPoolGrad');
      const sizes = poolSizes(imageSizes(x, 'MaxPoolGrad'), attributes);
      const dx = heap.output(x.shape);
      compute(...[x, y, dy, dx].map(heap.address), ...sizes);
      return dx;
    };
  },
};

const avgPoolGradient: NativeKernel = {
  kernelName: 'AvgPoolGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_avg_pool_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const x = requireInput(inputs, 'input', 'AvgPoolGrad');
      const dy = requireInput(inputs, 'dy', 'AvgPoolGrad');
      const sizes = poolSizes(imageSizes(x, 'AvgPoolGrad'), attributes);
      const dx = heap.output(x.shape);
      compute(heap.address(dy), heap.address(dx), ...sizes);
      return dx;
    };
  },
};

const globalAvgPool: NativeKernel = {
  kernelName: 'RheobaseGlobalAvgPool',
  prepare: (module) => {
    const compute = module.kernel('f32_global_avg_pool_4');
    return ({ inputs, heap }) => {
      const x = requireInput(inputs, 'x', 'RheobaseGlobalAvgPool');
      const [images, height, width, channels] = imageSizes(x, 'RheobaseGlobalAvgPool');
      const y = heap.output([images, channels]);
      compute(heap.address(x), heap.address(y), images, height * width, channels);
      return y;
    };
  },
};

const globalAvgPoolGradient: NativeKernel = {
  kernelName: 'RheobaseGlobalAvgPoolGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_global_avg_pool_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const dy = requireInput(inputs, 'dy', 'RheobaseGlobalAvgPoolGrad');
      const [height, width] = [
        numberAttribute(attributes, 'height', 'RheobaseGlobalAvgPoolGrad'),
        numberAttribute(attributes, 'width', 'RheobaseGlobalAvgPoolGrad'),
      ];
      const [images = 0, channels = 0] = dy.shape;
      const dx = heap.output([images, height, width, channels]);
      compute(heap.address(dy), heap.address(dx), images, height * width, channels);
      return dx;
    };
  },
};

const subsampleGradient: NativeKernel = {
  kernelName: 'RheobaseSubsampleGrad',
  prepare: (module) => {
    const compute = module.kernel('f32_subsample_gradient_4');
    return ({ inputs, attributes, heap }) => {
      const dy = requireInput(inputs, 'dy', 'RheobaseSubsampleGrad');
      const number = (name: string): number => numberAttribute(attributes, name, 'RheobaseSubsampleGrad');
      const [images, , , channels] = imageSizes(dy, 'RheobaseSubsampleGrad');
      const [height, width] = [number('height'), number('width')];
      const dx = heap.output([images, height, width, channels]);
      const sizes = [images, height, width, channels, number('strideHeight'), number('strideWidth')];
      compute(heap.address(dy), heap.address(dx), ...sizes);
      return dx;
    };
  },
};

/** Gradients of pooling, global average pooling both ways, and the gradient of taking every n-th pixel. */
export const poolingKernels: readonly NativeKernel[] = [
  maxPoolGradient,
  avgPoolGradient,
  globalAvgPool,
  globalAvgPoolGradient,
  subsampleGradient,
];
