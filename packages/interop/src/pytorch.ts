import type { BatchNormNode, Conv2dNode, DenseNode, Network, NetworkNode } from '@rheobase/network';
import { parametersUsedBy } from '@rheobase/network';
import { type ChannelFirstOrder, channelFirstOrders } from './channel-first-order.js';
import { reordered, transposed, transposedAndReordered } from './layout.js';
import { oncePerParameter, plainSlot, shapeOf } from './slots.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';

type Orders = ReadonlyMap<string, ChannelFirstOrder>;

function inputOrder(
  node: Conv2dNode | DenseNode | BatchNormNode,
  orders: Orders,
): Exclude<ChannelFirstOrder, { kind: 'unknown' }> {
  const order = orders.get(node.inputs[0]) ?? { kind: 'same' };
  if (order.kind !== 'unknown') return order;
  throw new Error(
    `The weights of '${node.name}' have no PyTorch layout: ${order.reason}, so that the order of its inputs in a ` +
      'channels-first network cannot be determined.',
  );
}

function biasSlot(network: Network, { name, bias }: Conv2dNode | DenseNode): readonly TensorSlot[] {
  return bias === undefined ? [] : [plainSlot(network, bias, `${name}.bias`)];
}

function batchNormSlots(network: Network, node: BatchNormNode, orders: Orders): readonly TensorSlot[] {
  const order = inputOrder(node, orders);
  const parts = [
    [node.scale, 'weight'],
    [node.offset, 'bias'],
    [node.mean, 'running_mean'],
    [node.variance, 'running_var'],
  ] as const;
  return parts.map(([parameter, part]) => {
    const slot = plainSlot(network, parameter, `${node.name}.${part}`);
    return order.kind === 'permuted' ? { ...slot, layout: reordered(order.index, 'CHW → HWC') } : slot;
  });
}

function slotsOf(network: Network, node: NetworkNode, orders: Orders): readonly TensorSlot[] {
  switch (node.op) {
    case 'conv2d': {
      inputOrder(node, orders);
      const layout = transposed(shapeOf(network, node.weight), [2, 3, 1, 0], 'OIHW');
      return [{ parameter: node.weight, tensors: [`${node.name}.weight`], layout }, ...biasSlot(network, node)];
    }
    case 'dense': {
      const order = inputOrder(node, orders);
      const shape = shapeOf(network, node.weight);
      const layout =
        order.kind === 'permuted'
          ? transposedAndReordered(order.index, shape[1] ?? 0, 'O(CHW) → (HWC)O')
          : transposed(shape, [1, 0], 'OI');
      return [{ parameter: node.weight, tensors: [`${node.name}.weight`], layout }, ...biasSlot(network, node)];
    }
    case 'batchNorm':
      return batchNormSlots(network, node, orders);
    default:
      return parametersUsedBy(node).map((parameter) => plainSlot(network, parameter, parameter));
  }
}

/**
 * PyTorch's names (the node's name as the module's path) and layouts. Kernels are OIHW, dense weights `[out, in]`; a dense layer
 * or batch norm after a flattened image has its inputs in the order C, H, W. The parameters of activations and neurons
 * are Rheobase's own and keep name and layout.
 */
export const pytorchConvention: WeightConvention = {
  name: 'pytorch',
  summary: 'module paths and channels-first layouts: conv1.weight OIHW, bn1.running_mean, fc.weight [out, in]',
  // Counters of batch norms, and of an average of weights (torch.optim.swa_utils.AveragedModel).
  ignored: ['*.num_batches_tracked', 'n_averaged'],
  slots: (network) => {
    const orders = channelFirstOrders(network);
    return oncePerParameter(network.nodes.flatMap((node) => slotsOf(network, node, orders)));
  },
};
