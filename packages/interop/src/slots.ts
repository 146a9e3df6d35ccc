import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { parameterOf, parametersUsedBy } from '@rheobase/network';
import { unmoved } from './layout.js';
import type { TensorSlot } from './weight-convention.js';

/** The shape of a parameter. */
export function shapeOf(network: Network, parameter: string): Shape {
  return parameterOf(network, parameter).shape;
}

/** A tensor that is the parameter as it stands. */
export function plainSlot(network: Network, parameter: string, ...tensors: readonly [string, ...string[]]): TensorSlot {
  const shape = shapeOf(network, parameter);
  return { parameter, tensors, layout: unmoved(shape, shape) };
}

/** The slots of a node whose parameters other programs do not have: all as they stand, without indices, which no file of weights has. */
export const ownSlots = (network: Network, node: NetworkNode): readonly TensorSlot[] =>
  parametersUsedBy(node)
    .filter((parameter) => parameterOf(network, parameter).role !== 'indices')
    .map((parameter) => plainSlot(network, parameter, parameter));

/** A parameter that two nodes share has the slot of the first. */
export function oncePerParameter(slots: readonly TensorSlot[]): readonly TensorSlot[] {
  const first = new Map<string, TensorSlot>();
  for (const slot of slots) if (!first.has(slot.parameter)) first.set(slot.parameter, slot);
  return [...first.values()];
}
