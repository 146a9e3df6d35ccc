import type { Network, Parameter } from '@rheobase/network';
import { inferShapes, shapeAt } from '@rheobase/network';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { randomChance, randomParameter } from './random-values.js';

/** The network with step biases, between −0.5 and 0.5 and for 1 to `most` steps, at about two of three of its neurons. */
export function withRandomStepBiases(network: Network, seed: number, most = 8): Network {
  const random = xoroshiro128plus(seed);
  const shapes = inferShapes(network);
  const parameters = new Map<string, Parameter>(network.parameters);
  const nodes = network.nodes.map((node) => {
    if (node.op !== 'neuron' || randomChance(random, 1 / 3)) return node;
    const stepBias = `${node.name}.stepBias`;
    const channels = shapeAt(shapes, node.name).at(-1) ?? 1;
    parameters.set(stepBias, randomParameter(random, 'bias', [uniformInt(random, 1, most), channels], -0.5, 0.5));
    return { ...node, stepBias };
  });
  return { ...network, nodes, parameters };
}
