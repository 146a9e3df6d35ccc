import type { NeuronNode } from '@rheobase/network';
import { broadcast, ownValue, parameterOf, shapeAt } from '@rheobase/network';
import type { Rewriting } from './rewriting.js';

/** What a neuron requires of the units of its current, by channel, `[C]`, in real units. */
export interface NeuronDemands {
  /** The least θ. */
  readonly threshold: Float64Array;
  /** The greatest |V(0)|, or |bias| of a step where that is greater. */
  readonly initial: Float64Array;
}

export function neuronDemands({ network, shapes }: Rewriting, node: NeuronNode): NeuronDemands {
  const shape = shapeAt(shapes, node.name);
  const channels = shape.at(-1) ?? 1;
  const extremes = (part: string, start: number, choose: (a: number, b: number) => number): Float64Array => {
    const name = ownValue(node.neuron.parameters, part);
    const result = new Float64Array(channels).fill(start);
    if (name === undefined) return result;
    broadcast(parameterOf(network, name), shape).forEach((value, i) => {
      const c = i % channels;
      result[c] = choose(result[c] ?? start, value);
    });
    return result;
  };
  const initial = extremes('initialPotential', 0, (most, value) => Math.max(most, Math.abs(value)));
  const rows = node.stepBias === undefined ? [] : parameterOf(network, node.stepBias).data;
  rows.forEach((value, i) => {
    initial[i % channels] = Math.max(initial[i % channels] ?? 0, Math.abs(value));
  });
  return {
    threshold: extremes('threshold', Infinity, Math.min),
    initial,
  };
}
