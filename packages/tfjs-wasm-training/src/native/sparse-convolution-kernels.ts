import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { backend, getKernel } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../kernels/geometry.js';
import { numberAttribute } from './attributes.js';
import type { ConvolutionShape } from './convolution-shape.js';
import { convolutionShape, filterSizes, shapeOfCall, turnedShape, withShape } from './convolution-shape.js';
import type { Heap } from './heap.js';
import type { KernelModule } from './kernel-module.js';
import type { Call, NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { imageSizes, sizeOf } from './sizes.js';
import { sparseFilterGradientStrips, sparseForwardStrips } from './sparse-strips.js';

// Of 16 values each. So many tell a share to half a percent, and take ten microseconds.
const samples = 1024;

/** The share of a tensor's values that are not zero, by a sample that is the same every time. */
function densityReader(module: KernelModule): (heap: Heap, x: TensorInfo) => number {
  const count = module.kernel('f32_count_non_zeros');
  return (heap, x) => {
    const size = sizeOf(x);
    // An odd number of sixteens, so that no channel and no column is left out.
    const step = 16 * (Math.floor(size / samples / 32) * 2 + 1);
    const taken = 16 * Math.ceil((size - 15) / step);
    if (size < 16) return 1;
    return heap.withScratch(4, (address) => {
      count(heap.address(x), size, step, address);
      return (new Int32Array(heap.memory.buffer, address, 1)[0] ?? taken) / taken;
    });
  };
}

/**
 * Up to this share of values that are not zero, the sparse kernels are faster than the dense ones: those for 3×3 windows without stride or dilation, which
 * need fewer multiplications than there are weights, and the others. Measured on the layers of ResNet-20.
 */
const usualDensest = { short: 0.3, other: 0.7 } as const;

/** Whether an input of which this share is not zero is worth looking for zeros. */
function isSparse(share: number, shape: ConvolutionShape, attributes: NamedAttrMap): boolean {
  if (attributes.densest !== undefined) {
    return share <= numberAttribute(attributes, 'densest', 'RheobaseSparseConv2D');
  }
  const { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX } = shape;
  const steps = strideY * strideX * dilationY * dilationX;
  const short = kernelHeight === 3 && kernelWidth === 3 && steps * shape.groups === 1;
  // The sparse kernels compute whole sixteens of filters, the dense ones whole eights.
  const filters = shape.filters / shape.groups;
  const filled = (8 * Math.ceil(filters / 8)) / (16 * Math.ceil(filters / 16));
  return share <= filled * (short ? usualDensest.short : usualDensest.other);
}

/** Runs the kernel for inputs that are not sparse; it takes groups, and a bias. */
function dense(
  { inputs, attributes }: Call,
  suffix: 'BackpropFilter' | 'BackpropInput' | '',
): TensorInfo | TensorInfo[] {
  const kernelName = `RheobaseGroupedConv2D${suffix}`;
  const kernel = getKernel(kernelName, 'wasm');
  if (kernel == null) throw new Error(`The sparse kernels need the dense one, "${kernelName}".`);
  return kernel.kernelFunc({ inputs, attrs: attributes, backend: backend() });
}

const forward: NativeKernel = {
  kernelName: 'RheobaseSparseConv2D',
  prepare: (module) => {
    const compute = module.kernel('f32_sparse_conv2d_nhwc_16');
    const densityOf = densityReader(module);
    return (call) => {
      const { inputs, attributes, heap } = call;
      const x = requireInput(inputs, 'x', 'RheobaseSparseConv2D');
      const filter = requireInput(inputs, 'filter', 'RheobaseSparseConv2D');
      const { bias } = inputs;
      const groups = numberAttribute(attributes, 'groups', 'RheobaseSparseConv2D');
      const shape = shapeOfCall('RheobaseSparseConv2D', x, filter, attributes, groups);
      if (!isSparse(densityOf(heap, x), shape, attributes)) return dense(call, '');
      const strips = sparseForwardStrips(shape);
      const y = heap.output([shape.count, shape.outputHeight, shape.outputWidth, shape.filters]);
      withShape(heap, shape, strips, (shapeAddress, scratch) =>
        compute(
          shapeAddress,
          heap.address(x),
          heap.address(filter),
          bias === undefined ? 0 : heap.address(bias),
          heap.address(y),
          scratch,
          strips.block,
        ),
      );
      return y;
    };
  },
};

const inputGradient: NativeKernel = {
  kernelName: 'RheobaseSparseConv2DBackpropInput',
  prepare: (module) => {
    const compute = module.kernel('f32_sparse_conv2d_nhwc_16');
    const turn = module.kernel('f32_turned_filter');
    const densityOf = densityReader(module);
    return (call) => {
      const { inputs, attributes, heap } = call;
      const dy = requireInput(inputs, 'dy', 'RheobaseSparseConv2DBackpropInput');
      const filter = requireInput(inputs, 'filter', 'RheobaseSparseConv2DBackpropInput');
      const inputShape = filterSizes(attributes.inputShape, 'RheobaseSparseConv2DBackpropInput');
      const shape = convolutionShape(inputShape, filterSizes(filter.shape, 'RheobaseSparseConv2DBackpropInput'), {
        // tfjs types attributes as an untyped map; those of convolutions are these.
        ...(attributes as unknown as ConvolutionAttributes),
        groups: numberAttribute(attributes, 'groups', 'RheobaseSparseConv2DBackpropInput'),
      });
      const strided = shape.strideY > 1 || shape.strideX > 1;
      const convolution = turnedShape(shape);
      if (strided || !isSparse(densityOf(heap, dy), convolution, attributes)) return dense(call, 'BackpropInput');
      const dx = heap.output(inputShape);
      const { kernelHeight, kernelWidth, channels, filters, groups } = shape;
      const strips = sparseForwardStrips(convolution);
      heap.withScratch(sizeOf(filter) * 4, (turned) => {
        turn(heap.address(filter), kernelHeight * kernelWidth, channels, filters, groups, turned);
        withShape(heap, convolution, strips, (shapeAddress, scratch) =>
          compute(shapeAddress, heap.address(dy), turned, 0, heap.address(dx), scratch, strips.block),
        );
      });
      return dx;
    };
  },
};

const filterGradient: NativeKernel = {
  kernelName: 'RheobaseSparseConv2DBackpropFilter',
  prepare: (module) => {
    const compute = module.kernel('f32_sparse_conv2d_filter_gradient_nhwc_16');
    const densityOf = densityReader(module);
    return (call) => {
      const { inputs, attributes, heap } = call;
      const x = requireInput(inputs, 'x', 'RheobaseSparseConv2DBackpropFilter');
      const dy = requireInput(inputs, 'dy', 'RheobaseSparseConv2DBackpropFilter');
      const filterShape = filterSizes(attributes.filterShape, 'RheobaseSparseConv2DBackpropFilter');
      const shape = convolutionShape(imageSizes(x, 'RheobaseSparseConv2DBackpropFilter'), filterShape, {
        // tfjs types attributes as an untyped map; those of convolutions are these.
        ...(attributes as unknown as ConvolutionAttributes),
        groups: numberAttribute(attributes, 'groups', 'RheobaseSparseConv2DBackpropFilter'),
      });
      if (!isSparse(densityOf(heap, x), shape, attributes)) return dense(call, 'BackpropFilter');
      const dw = heap.output(filterShape);
      withShape(heap, shape, sparseFilterGradientStrips(shape), (shapeAddress, scratch) =>
        compute(shapeAddress, heap.address(x), heap.address(dy), heap.address(dw), scratch),
      );
      return dw;
    };
  },
};

/**
 * Convolutions of inputs that are mostly zeros, such as spikes, and their gradients; that of the input looks at dy, which is sparse where a
 * surrogate's derivative is 0 at most potentials. Above the attribute `densest`, the share of values that are not zero (default: where the dense kernels
 * become faster), they are those of a `RheobaseGroupedConv2D`, which takes the same inputs and attributes.
 */
export const sparseConvolutionKernels: readonly NativeKernel[] = [forward, inputGradient, filterGradient];
