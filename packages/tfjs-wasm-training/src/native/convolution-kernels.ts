import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../kernels/geometry.js';
import {
  convolutionShape,
  filterGradientStrips,
  filterSizes,
  forwardStrips,
  inputGradientStrips,
  shapeOfCall,
  withShape,
  turnedShape,
} from './convolution-shape.js';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { imageSizes } from './sizes.js';
import {
  forwardByWinograd,
  gradientByWinograd,
  winogradFilterGradientStrips,
  winogradStrips,
} from './winograd-convolution.js';

type Clamp = readonly [low: number, high: number] | 'none';

/** What an activation clamps to, of those that only clamp. */
const clamps: ReadonlyMap<unknown, Clamp> = new Map<unknown, Clamp>([
  ['linear', 'none'],
  ['relu', [0, Number.POSITIVE_INFINITY]],
  ['relu6', [0, 6]],
]);

/** Of results that are not clamped. */
const everything = [0, 0, 0] as const;

function groupsOf(attributes: NamedAttrMap): number {
  return typeof attributes.groups === 'number' ? attributes.groups : 1;
}

const isNHWC = ({ dataFormat = 'NHWC' }: NamedAttrMap): boolean => dataFormat === 'NHWC';

function forward(kernelName: string): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const direct = module.kernel('f32_conv2d_nhwc_8x8');
      const winograd = module.kernel('f32_conv2d_winograd_nhwc_4x4');
      return ({ inputs, attributes, heap, stock }) => {
        const { bias, preluActivationWeights } = inputs;
        const clamp = clamps.get(attributes.activation ?? 'linear');
        if (!isNHWC(attributes) || clamp === undefined || preluActivationWeights !== undefined) return stock();
        const x = requireInput(inputs, 'x', kernelName);
        const filter = requireInput(inputs, 'filter', kernelName);
        const shape = shapeOfCall(kernelName, x, filter, attributes, groupsOf(attributes));
        if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== shape.filters)) {
          throw new Error(
            `${kernelName} needs a bias of [${shape.filters}], but was given one of [${bias.shape.join(', ')}].`,
          );
        }
        const y = heap.output([shape.count, shape.outputHeight, shape.outputWidth, shape.filters]);
        const range = clamp === 'none' ? everything : [1, ...clamp];
        const byWinograd = module.winograd && forwardByWinograd(shape);
        withShape(heap, shape, byWinograd ? winogradStrips(shape) : forwardStrips(shape), (shapeAddress, scratch) => {
          const given = [x, filter].map(heap.address);
          const addresses = [...given, bias === undefined ? 0 : heap.address(bias), heap.address(y), scratch];
          if (byWinograd) winograd(shapeAddress, ...addresses, 0, ...range);
          else direct(shapeAddress, ...addresses, ...range);
        });
        return y;
      };
    },
  };
}

function inputGradient(kernelName: string): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const direct = module.kernel('f32_conv2d_input_gradient_nhwc_8x8');
      const winograd = module.kernel('f32_conv2d_winograd_nhwc_4x4');
      return ({ inputs, attributes, heap, stock }) => {
        if (!isNHWC(attributes)) return stock();
        const dy = requireInput(inputs, 'dy', kernelName);
        const filter = requireInput(inputs, 'filter', kernelName);
        const inputShape = filterSizes(attributes.inputShape, kernelName);
        const shape = convolutionShape(inputShape, filterSizes(filter.shape, kernelName), {
          ...(attributes as unknown as ConvolutionAttributes),
          groups: groupsOf(attributes),
        });
        const dx = heap.output(inputShape);
        const turned = turnedShape(shape);
        if (module.winograd && gradientByWinograd(turned)) {
          withShape(heap, turned, winogradStrips(turned), (shapeAddress, scratch) =>
            winograd(
              shapeAddress,
              heap.address(dy),
              heap.address(filter),
              0,
              heap.address(dx),
              scratch,
              1,
              ...everything,
            ),
          );
          return dx;
        }
        withShape(heap, shape, inputGradientStrips(shape), (shapeAddress, scratch) =>
          direct(shapeAddress, heap.address(dy), heap.address(filter), heap.address(dx), scratch),
        );
        return dx;
      };
    },
  };
}

function filterGradient(kernelName: string): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const direct = module.kernel('f32_conv2d_filter_gradient_nhwc_8x8');
      const winograd = module.kernel('f32_conv2d_winograd_filter_gradient_nhwc_4x4');
      return ({ inputs, attributes, heap, stock }) => {
        if (!isNHWC(attributes)) return stock();
        const x = requireInput(inputs, 'x', kernelName);
        const dy = requireInput(inputs, 'dy', kernelName);
        const filterShape = filterSizes(attributes.filterShape, kernelName);
        const shape = convolutionShape(imageSizes(x, kernelName), filterShape, {
          ...(attributes as unknown as ConvolutionAttributes),
          groups: groupsOf(attributes),
        });
        const dw = heap.output(filterShape);
        const byWinograd = module.winograd && gradientByWinograd(shape);
        const strips = byWinograd ? winogradFilterGradientStrips(shape) : filterGradientStrips(shape);
        withShape(heap, shape, strips, (shapeAddress, scratch) =>
          (byWinograd ? winograd : direct)(shapeAddress, heap.address(x), heap.address(dy), heap.address(dw), scratch),
        );
        return dw;
      };
    },
  };
}

const nothing = { images: 0, rows: 0, scratch: 0 };

const depthwiseForward: NativeKernel = {
  kernelName: 'DepthwiseConv2dNative',
  prepare: (module) => {
    const compute = module.kernel('f32_depthwise_conv2d_nhwc_1x16');
    return ({ inputs, attributes, heap, stock }) => {
      if (!isNHWC(attributes)) return stock();
      const x = requireInput(inputs, 'x', 'DepthwiseConv2dNative');
      const filter = requireInput(inputs, 'filter', 'DepthwiseConv2dNative');
      const shape = shapeOfCall('DepthwiseConv2dNative', x, filter, attributes, 'depthwise');
      const y = heap.output([shape.count, shape.outputHeight, shape.outputWidth, shape.filters]);
      withShape(heap, shape, nothing, (shapeAddress) =>
        compute(shapeAddress, heap.address(x), heap.address(filter), heap.address(y)),
      );
      return y;
    };
  },
};

function depthwiseGradient(
  kernelName: string,
  functionName: string,
  result: 'inputShape' | 'filterShape',
): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel(functionName);
      const clear = module.kernel('f32_zeros');
      return ({ inputs, attributes, heap }) => {
        const dy = requireInput(inputs, 'dy', kernelName);
        const other: TensorInfo = requireInput(inputs, result === 'inputShape' ? 'filter' : 'x', kernelName);
        const sizes = filterSizes(attributes[result], kernelName);
        const [input, filter] =
          result === 'inputShape'
            ? [sizes, filterSizes(other.shape, kernelName)]
            : [imageSizes(other, kernelName), sizes];
        const shape = convolutionShape(input, filter, {
          ...(attributes as unknown as ConvolutionAttributes),
          groups: 'depthwise',
        });
        const to = heap.output(sizes);
        clear(heap.address(to), sizes[0] * sizes[1] * sizes[2] * sizes[3]);
        withShape(heap, shape, nothing, (shapeAddress) =>
          result === 'inputShape'
            ? compute(shapeAddress, heap.address(dy), heap.address(other), heap.address(to))
            : compute(shapeAddress, heap.address(other), heap.address(dy), heap.address(to)),
        );
        return to;
      };
    },
  };
}

/** Convolutions and their gradients. Those named Grouped take the attribute `groups`, for which tfjs has no kernel. */
export const convolutionKernels: readonly NativeKernel[] = [
  forward('Conv2D'),
  forward('FusedConv2D'),
  inputGradient('Conv2DBackpropInput'),
  filterGradient('Conv2DBackpropFilter'),
  forward('RheobaseGroupedConv2D'),
  inputGradient('RheobaseGroupedConv2DBackpropInput'),
  filterGradient('RheobaseGroupedConv2DBackpropFilter'),
  depthwiseForward,
  depthwiseGradient(
    'DepthwiseConv2dNativeBackpropInput',
    'f32_depthwise_conv2d_input_gradient_nhwc_1x16',
    'inputShape',
  ),
  depthwiseGradient(
    'DepthwiseConv2dNativeBackpropFilter',
    'f32_depthwise_conv2d_filter_gradient_nhwc_1x16',
    'filterShape',
  ),
];
