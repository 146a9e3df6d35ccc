import type { NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { concat, conv2d, customGrad, engine, getBackend, getKernel, slice } from '@tensorflow/tfjs-core';

/** How a grouped convolution walks over its images. */
export interface GroupedConvolutionOptions {
  readonly strides: readonly [number, number];
  /** Zeros around the images: rows above and below, columns left and right. */
  readonly pad: [[0, 0], [number, number], [number, number], [0, 0]];
  readonly dilations: readonly [number, number];
  /** Each group reads its part of the channels and computes its part of the filters. */
  readonly groups: number;
}

/**
 * A convolution in groups, which tfjs has no operation for: one kernel where the training kernels are registered, else
 * one convolution a group, between slices and a concatenation.
 *
 * @param x `[N, H, W, C]`
 * @param filter `[kH, kW, C/groups, F]`, group after group
 * @throws if channels or filters do not divide into the groups.
 */
export function groupedConv2d(x: Tensor4D, filter: Tensor4D, options: GroupedConvolutionOptions): Tensor4D {
  const { strides, pad, dilations, groups } = options;
  const [, , channels, filters] = filter.shape;
  if (x.shape[3] !== channels * groups || filters % groups !== 0) {
    throw new Error(
      `A convolution of [${x.shape.join(', ')}] in ${groups} groups cannot have a filter of ` +
        `[${filter.shape.join(', ')}]: its third size must be channels / groups, and its fourth a multiple of groups.`,
    );
  }
  // Without a kernel the composition brings its own gradient.
  if (getKernel(kernelName, getBackend()) == null) return separateGroups(x, filter, options);
  return inOneKernel(x, filter, { strides: [...strides], pad, dilations: [...dilations], dataFormat: 'NHWC', groups });
}

const kernelName = 'RheobaseGroupedConv2D';

function inOneKernel(x: Tensor4D, filter: Tensor4D, attributes: NamedAttrMap): Tensor4D {
  const run = (suffix: string, inputs: Record<string, Tensor>, more: NamedAttrMap = {}): Tensor =>
    engine().runKernel(kernelName + suffix, inputs, { ...attributes, ...more });
  const convolve = customGrad((...given: unknown[]) => {
    // customGrad hands over the tensors, then a function that keeps values for the gradient.
    const [images, weights, save] = given as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void];
    const value = run('', { x: images, filter: weights });
    // Last: what is saved outlives an error.
    save([images, weights]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedX, savedFilter] = saved as [Tensor4D, Tensor4D];
        return [
          run('BackpropInput', { dy, filter: savedFilter }, { inputShape: savedX.shape }),
          run('BackpropFilter', { x: savedX, dy }, { filterShape: savedFilter.shape }),
        ];
      },
    };
  });
  return convolve(x, filter) as Tensor4D;
}

function separateGroups(x: Tensor4D, filter: Tensor4D, options: GroupedConvolutionOptions): Tensor4D {
  const { strides, pad, dilations, groups } = options;
  const [, , channels, filters] = filter.shape;
  const parts = Array.from({ length: groups }, (_, group) =>
    conv2d(
      slice(x, [0, 0, 0, group * channels], [-1, -1, -1, channels]),
      slice(filter, [0, 0, 0, (group * filters) / groups], [-1, -1, -1, filters / groups]),
      [...strides],
      pad,
      'NHWC',
      [...dilations],
    ),
  );
  return concat(parts, 3);
}
