import { NetworkError } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import type { Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { valueOf } from './feed.js';
import { inference } from './mode.js';
import { nodesBetween } from './part.js';

/** Runs a part of an analog network in inference; see `BoundNetwork.runPart`. */
export function runPart(
  binding: Binding,
  given: ReadonlyMap<string, Tensor>,
  wanted: readonly string[],
): ReadonlyMap<string, Tensor> {
  const values = new Map(given);
  for (const node of nodesBetween(binding.network, given, wanted)) {
    const inputs = node.inputs.map((name) => valueOf(values, name));
    switch (node.op) {
      case 'input':
      case 'neuron':
        throw new NetworkError([
          {
            subject: node.name,
            message: node.op === 'input' ? 'this input was given no value' : 'a neuron in an analog run; call unroll',
          },
        ]);
      case 'activation':
        values.set(node.name, activate(binding, node, valueOf(values, node.inputs[0]), inference));
        break;
      default:
        values.set(node.name, evaluateNode(node, inputs, binding.live));
    }
  }
  return new Map(wanted.map((name) => [name, valueOf(values, name)]));
}
