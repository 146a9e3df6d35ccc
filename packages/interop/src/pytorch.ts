import type { BatchNormNode, Network, NetworkNode, WeightedNode } from '@rheobase/network';
import { applyRule } from '@rheobase/network';
import { type ChannelFirstOrder, channelFirstOrders } from './channel-first-order.js';
import { reordered, transposed, transposedAndReordered } from './layout.js';
import { oncePerParameter, ownSlots, plainSlot, shapeOf } from './slots.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';

type Orders = ReadonlyMap<string, ChannelFirstOrder>;

function inputOrder(
  node: WeightedNode | BatchNormNode,
  orders: Orders,
): Exclude<ChannelFirstOrder, { kind: 'unknown' }> {
  const order = orders.get(node.inputs[0]) ?? { kind: 'same' };
  if (order.kind !== 'unknown') return order;
  throw new Error(
    `The weights of '${node.name}' have no PyTorch layout: ${order.reason}, so that the order of its inputs in a ` +
      'channels-first network cannot be determined.',
  );
}

function weightedSlots(network: Network, node: WeightedNode, orders: Orders): readonly TensorSlot[] {
  const order = inputOrder(node, orders);
  const shape = shapeOf(network, node.weight);
  const layout =
    shape.length === 4
      ? transposed(shape, [2, 3, 1, 0], 'OIHW')
      : order.kind === 'permuted'
        ? transposedAndReordered(order.index, shape[1] ?? 0, 'O(CHW) → (HWC)O')
        : transposed(shape, [1, 0], 'OI');
  const weight: TensorSlot = { parameter: node.weight, tensors: [`${node.name}.weight`], layout };
  return node.bias === undefined ? [weight] : [weight, plainSlot(network, node.bias, `${node.name}.bias`)];
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
  const own = (of: NetworkNode) => ownSlots(network, of);
  return applyRule(node, {
    input: own,
    activation: own,
    neuron: own,
    weighted: (layer) => weightedSlots(network, layer, orders),
    batchNorm: (norm) => batchNormSlots(network, norm, orders),
    plain: own,
  });
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
