import type { NetworkNode } from '@rheobase/network';
import { isPlain } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clone, keep, mul, tidy } from '@tensorflow/tfjs-core';
import { evaluateNode } from './evaluate-node.js';
import { valueOf } from './feed.js';
import type { BoundParameters } from './live-parameters.js';
import { liveValues } from './live-values.js';
import { lastReads } from './value-lifetimes.js';

/** The analog head of a spiking network during a simulation: its values are computed from means over the steps so far. */
export interface HeadOverTime {
  /** The changing values outside of the head that it reads. */
  readonly reads: ReadonlySet<string>;
  /**
   * The head's values after a step. Called in a tidy, once per step.
   *
   * @param values of the step, and the constant ones
   * @param t the step, from 1
   */
  step(values: ReadonlyMap<string, Tensor>, t: number): ReadonlyMap<string, Tensor>;
  dispose(): void;
}

/**
 * @param nodes the head, in network order
 * @param changing names of the nodes outside of the head whose values change over time
 * @param wanted names of the head's values that are needed after a step
 * @param growth λ of differential coding, where it reads Σ λ^−(t−1)·x(t) in place of means
 */
export function headOverTime(
  bound: BoundParameters,
  nodes: readonly NetworkNode[],
  changing: { has(name: string): boolean },
  wanted: ReadonlySet<string>,
  growth?: number,
): HeadOverTime {
  const reads = new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => changing.has(name)));
  const done = lastReads(nodes, wanted);
  const totals = new Map<string, Tensor>();

  const addUp = (name: string, value: Tensor): Tensor => {
    const before = totals.get(name);
    const total = keep(before === undefined ? clone(value) : add(before, value));
    before?.dispose();
    totals.set(name, total);
    return total;
  };

  return {
    reads,
    step(given, t) {
      const read = (name: string): Tensor =>
        growth === undefined
          ? mul(addUp(name, valueOf(given, name)), 1 / t)
          : clone(addUp(name, mul(valueOf(given, name), growth ** (1 - t))));
      const means = new Map([...reads].map((name) => [name, read(name)]));
      const values = liveValues(new Map([...given, ...means]));
      const own = new Map<string, Tensor>();
      for (const node of nodes) {
        if (!isPlain(node)) continue;
        values.set(
          node.name,
          tidy(() =>
            evaluateNode(
              node,
              node.inputs.map((name) => valueOf(values, name)),
              bound,
            ),
          ),
        );
        if (wanted.has(node.name)) own.set(node.name, valueOf(values, node.name));
        for (const name of done.get(node.name) ?? []) values.release(name);
      }
      return own;
    },
    dispose() {
      for (const total of totals.values()) total.dispose();
    },
  };
}
