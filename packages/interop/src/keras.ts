import type { Conv2dNode, Network, NetworkNode } from '@rheobase/network';
import { applyRule } from '@rheobase/network';
import { unmoved } from './layout.js';
import { oncePerParameter, ownSlots, plainSlot, shapeOf } from './slots.js';
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
  const own = (of: NetworkNode) => ownSlots(network, of);
  return applyRule(node, {
    input: own,
    activation: own,
    neuron: own,
    weighted: (layer) => {
      const weight = 'groups' in layer ? kernelSlot(network, layer) : plain(layer.weight, 'kernel');
      return layer.bias === undefined ? [weight] : [weight, plain(layer.bias, 'bias')];
    },
    batchNorm: ({ scale, offset, mean, variance }) => [
      plain(scale, 'gamma'),
      plain(offset, 'beta'),
      plain(mean, 'moving_mean'),
      plain(variance, 'moving_variance'),
    ],
    plain: own,
  });
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
