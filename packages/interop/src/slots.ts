import type { Network, Shape } from '@rheobase/network';
import { parameterOf } from '@rheobase/network';
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

/** A parameter that two nodes share has the slot of the first. */
export function oncePerParameter(slots: readonly TensorSlot[]): readonly TensorSlot[] {
  const first = new Map<string, TensorSlot>();
  for (const slot of slots) if (!first.has(slot.parameter)) first.set(slot.parameter, slot);
  return [...first.values()];
}
