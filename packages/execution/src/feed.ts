import type { Network, NodeOf, Shape } from '@rheobase/network';
import { assertFrames, describeShape, NetworkError, sameShape } from '@rheobase/network';
import { Tensor } from '@tensorflow/tfjs-core';
import type { TensorBatch } from './binding.js';

/**
 * The tensor for every input node.
 *
 * @param steps T, where inputs may change over time: `[T, N, …shape]`
 * @throws {NetworkError} naming the input that is missing, unknown or ill-shaped.
 */
export function feedOf(network: Network, batch: TensorBatch, steps?: number): ReadonlyMap<string, Tensor> {
  const inputs = network.nodes.filter((node) => node.op === 'input');
  const given =
    batch instanceof Tensor
      ? new Map<string, Tensor>(inputs.length === 1 ? inputs.map((node) => [node.name, batch]) : [])
      : new Map(Object.entries(batch));
  for (const node of inputs) {
    const tensor = given.get(node.name);
    if (tensor === undefined) {
      throw new NetworkError([
        { subject: node.name, message: 'this input was given no tensor; pass one for each input by name' },
      ]);
    }
    const framed = steps !== undefined && hasFrames(node, tensor);
    if (framed) assertFrames(node.name, tensor.shape[0], steps);
    const shape: Shape = tensor.shape.slice(framed ? 2 : 1);
    if (!sameShape(shape, node.shape)) {
      throw new NetworkError([
        {
          subject: node.name,
          message: `this input takes batches [N, ${node.shape.join(', ')}], but was given ${describeShape(tensor.shape)}`,
        },
      ]);
    }
  }
  for (const name of given.keys()) {
    if (!inputs.some((node) => node.name === name)) {
      throw new NetworkError([
        {
          subject: name,
          message: `the network has no such input; it has ${inputs.map((node) => node.name).join(', ')}`,
        },
      ]);
    }
  }
  return given;
}

/** Whether what an input is given has a batch for each time step. */
export function hasFrames({ shape }: NodeOf<'input'>, tensor: Tensor): boolean {
  return tensor.rank === shape.length + 2;
}

/** The value of a node that has been computed. */
export function valueOf(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (value === undefined)
    throw new NetworkError([{ subject: name, message: 'it has no value yet, or is not a node of the network' }]);
  return value;
}
