import type { Network } from '@rheobase/network';
import { scalarParameter } from '@rheobase/network';
import type { NeuronReference, RandomSite } from '@rheobase/testing';
import { randomArray, randomChoice, randomParameter } from '@rheobase/testing';
import { defaultNeurons } from '@rheobase/neurons';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { supportedNeurons } from './neuron-population.js';

/** Neurons of every kind that has a kernel; θ as one of `thresholds` allows, V(0) one for the layer, each channel or each neuron. */
export function anyNeuron(thresholds: readonly ('layer' | 'channel' | 'neuron')[]): RandomSite {
  return {
    op: 'neuron',
    define: (random, shape) => {
      const channels = shape.slice(-1);
      const shapes = { layer: [], channel: channels, neuron: shape };
      const kind = randomChoice(random, [
        'if',
        'if',
        'if',
        'if-hard',
        'lif',
        'signed-if',
        'compensating-if',
        'if-shift',
      ] as const);
      const threshold = randomParameter(random, 'threshold', shapes[randomChoice(random, thresholds)], 0.5, 2);
      const place = randomChoice(random, [[], channels, shape]);
      const initialPotential = randomParameter(random, 'initialPotential', place, 0, 1);
      switch (kind) {
        case 'if':
        case 'if-hard':
          return { kind, parameters: { threshold, initialPotential } };
        case 'lif':
          return { kind, parameters: { threshold, initialPotential, leak: scalarParameter('dynamics', 0.9) } };
        case 'signed-if':
          return { kind, parameters: { threshold, initialPotential }, attributes: { slope: 0.3 } };
        case 'compensating-if':
          return { kind, parameters: { threshold, initialPotential }, attributes: { tolerance: 0.01 } };
        case 'if-shift':
          return { kind, parameters: { threshold }, attributes: { steps: 4 } };
      }
    },
  };
}

/** The models' own references. */
export const references: Readonly<Record<string, NeuronReference>> = Object.fromEntries(
  supportedNeurons.map((kind) => {
    const model = defaultNeurons.get(kind);
    return [kind, (currents, values) => model.reference(currents, values)] satisfies [string, NeuronReference];
  }),
);

/** A random image for a network of one input, from −1 to 1. */
export function imageFor(network: Network, seed: number): Float32Array {
  const input = network.nodes.find((node) => node.op === 'input');
  return randomArray(xoroshiro128plus(seed), input?.op === 'input' ? input.shape : [], -1, 1);
}
