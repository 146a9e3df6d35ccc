import type { Conv2dNode, Network, NetworkNode } from '@rheobase/network';
import { parametersUsedBy } from '@rheobase/network';
import { unmoved } from './layout.js';
import { oncePerParameter, plainSlot, shapeOf } from './slots.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';

/** Keras 2 writes `layer/kernel:0`, Keras 3 `layer/kernel`. */
function variable(node: NetworkNode, name: string): readonly [string, string] {
  return [`${node.name}/${name}:0`, `${node.name}/${name}`];
}

function kernelSlot(network: Network, node: Conv2dNode): TensorSlot {
  const shape = shapeOf(network, node.weight);
  const [height = 1, width = 1, channelsPerGroup = 1, filters = 1] = shape;
  if (node.groups === 1 || channelsPerGroup !== 1) {
    return { parameter: node.weight, tensors: variable(node, 'kernel'), layout: unmoved(shape, shape) };
  }
  const depthwise = [height, width, node.groups, filters / node.groups];
  return {
    parameter: node.weight,
    // Keras 3 calls a depthwise kernel `kernel` too.
    tensors: [...variable(node, 'depthwise_kernel'), ...variable(node, 'kernel')],
    layout: { ...unmoved(depthwise, shape), description: 'HWCM → HW1(CM)' },
  };
}

function slotsOf(network: Network, node: NetworkNode): readonly TensorSlot[] {
  const plain = (parameter: string, name: string) => plainSlot(network, parameter, ...variable(node, name));
  switch (node.op) {
    case 'conv2d':
    case 'dense': {
      const weight = node.op === 'conv2d' ? kernelSlot(network, node) : plain(node.weight, 'kernel');
      return node.bias === undefined ? [weight] : [weight, plain(node.bias, 'bias')];
    }
    case 'batchNorm':
      return [
        plain(node.scale, 'gamma'),
        plain(node.offset, 'beta'),
        plain(node.mean, 'moving_mean'),
        plain(node.variance, 'moving_variance'),
      ];
    default:
      return parametersUsedBy(node).map((parameter) => plainSlot(network, parameter, parameter));
  }
}

/**
 * Keras' names (the node's name as the layer's) and layouts: kernels HWIO and dense weights `[in, out]` as they are here,
 * depthwise kernels `[kH, kW, C, M]`. The parameters of activations and neurons are Rheobase's own and keep name and layout.
 */
export const kerasConvention: WeightConvention = {
  name: 'keras',
  summary: 'layer names and channels-last layouts: conv2d_1/kernel:0, batch_normalization/gamma:0, dense/bias:0',
  ignored: [],
  slots: (network) => oncePerParameter(network.nodes.flatMap((node) => slotsOf(network, node))),
};
