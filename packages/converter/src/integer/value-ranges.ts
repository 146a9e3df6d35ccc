import type { Network, NeuronDefinition, Registry } from '@rheobase/network';
import { analogHead, integerBounds, NetworkError } from '@rheobase/network';
import { rangeOf } from './integer-report.js';
import { greatestSum } from './integer-units.js';

/** Least and greatest value of a node of an integer network, over its channels, in units. */
export type ValueRanges = (node: string) => readonly [least: number, greatest: number];

/**
 * Ranges of the values of an integer network, from its weights alone.
 *
 * @throws {NetworkError} naming the nodes whose values are not exact in both int32 and float32.
 */
export function exactRanges(network: Network, neurons: Registry<NeuronDefinition>): ValueRanges {
  const bounds = integerBounds(network, neurons);
  const rangeAt: ValueRanges = (name) => {
    const found = bounds.get(name);
    return found === undefined ? [0, 0] : [rangeOf(found.least)[0], rangeOf(found.greatest)[1]];
  };
  const head = analogHead(network);
  const real = new Set(
    network.nodes.flatMap((node) => {
      if (node.op === 'output' || head.has(node.name)) return [node.name, ...node.inputs];
      return node.op === 'input' ? [node.name] : [];
    }),
  );
  const reach = (name: string): number => Math.max(...rangeAt(name).map(Math.abs));
  const beyond = network.nodes.filter(({ name }) => !real.has(name) && reach(name) > greatestSum);
  if (beyond.length === 0) return rangeAt;
  throw new NetworkError(
    beyond.map(({ name }) => ({
      subject: name,
      message: `its value can reach ${reach(name)} units, and at most ${greatestSum} are exact`,
    })),
  );
}
