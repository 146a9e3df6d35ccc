import type { Network } from '@rheobase/network';
import { inferShapes, parameterOf, shapeAt } from '@rheobase/network';
import { convolutionKernelCases, denseKernelCases, type KernelCase } from './kernel-cases.js';

/** A kernel's case, and the layers of a network that are such. */
export interface LayerKernel {
  readonly given: KernelCase;
  readonly nodes: readonly string[];
}

/**
 * What a training step on `images` images asks of the kernels for convolutions and products: for each distinct layer its value
 * and both its gradients. (A step leaves out the gradient of the images themselves.)
 */
export function layerKernels(network: Network, images: number): readonly LayerKernel[] {
  const shapes = inferShapes(network);
  const found = new Map<string, LayerKernel>();
  const note = (node: string, cases: readonly KernelCase[]): void => {
    for (const given of cases) {
      const key = JSON.stringify(given);
      found.set(key, { given, nodes: [...(found.get(key)?.nodes ?? []), node] });
    }
  };
  for (const node of network.nodes) {
    if (node.op === 'conv2d') {
      const [height = 1, width = 1, channels = 1] = shapeAt(shapes, node.inputs[0]);
      const [kernelHeight = 1, kernelWidth = 1, , filters = 1] = parameterOf(network, node.weight).shape;
      const { stride, dilation, padding, groups } = node;
      const kernel = [kernelHeight, kernelWidth] as const;
      const layer = {
        images,
        size: [height, width],
        channels,
        filters,
        kernel,
        stride,
        dilation,
        padding,
        groups,
      } as const;
      note(node.name, convolutionKernelCases(layer));
    } else if (node.op === 'dense') {
      const [inputs = 1, outputs = 1] = parameterOf(network, node.weight).shape;
      note(node.name, denseKernelCases(images, inputs, outputs));
    }
  }
  return [...found.values()];
}
