import { NetworkError } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import type { Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { valueOf } from './feed.js';
import { isTaped, liveValues } from './live-values.js';
import { inference } from './mode.js';
import { nodesBetween } from './part.js';
import { lastReads } from './value-lifetimes.js';

/** Runs a part of an analog network in inference; see `BoundNetwork.runPart`. */
export function runPart(
  binding: Binding,
  given: ReadonlyMap<string, Tensor>,
  wanted: readonly string[],
): ReadonlyMap<string, Tensor> {
  const values = liveValues(given);
  const nodes = nodesBetween(binding.network, given, wanted);
  const done = isTaped() ? undefined : lastReads(nodes, new Set([...given.keys(), ...wanted]));
  for (const node of nodes) {
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
      case 'activation': {
        const input = valueOf(values, node.inputs[0]);
        values.set(
          node.name,
          tidy(() => activate(binding, node, input, inference)),
        );
        break;
      }
      default:
        values.set(node.name, evaluateNode(node, inputs, binding.live));
    }
    for (const name of done?.get(node.name) ?? []) values.release(name);
  }
  return new Map(wanted.map((name) => [name, valueOf(values, name)]));
}
