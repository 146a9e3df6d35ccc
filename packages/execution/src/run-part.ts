import { applyRule } from '@rheobase/network';
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
    const value = applyRule(node, {
      activation: (site) => tidy(() => activate(binding, site, valueOf(values, site.inputs[0]), inference)),
      plain: (plain) =>
        evaluateNode(
          plain,
          plain.inputs.map((name) => valueOf(values, name)),
          binding,
        ),
    });
    values.set(node.name, value);
    for (const name of done?.get(node.name) ?? []) values.release(name);
  }
  return new Map(wanted.map((name) => [name, valueOf(values, name)]));
}
