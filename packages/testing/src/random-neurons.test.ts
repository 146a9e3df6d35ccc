import { knownNeurons, modelProblems, networkBuilder, validateNetwork } from '@rheobase/network';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { imageFor } from './random-image.js';
import { randomNetwork } from './random-network.js';
import { builtInNeurons, neuronSite } from './random-neurons.js';

describe('neuronSite', () => {
  it('gives neurons of the kinds asked for and of no others, in networks that are valid', () => {
    const kinds = ['if', 'burst', 'if-shift'];
    const neurons = kinds.map((kind) => knownNeurons.get(kind));
    const networks = Array.from({ length: 60 }, (_, seed) =>
      randomNetwork(xoroshiro128plus(seed), { site: neuronSite(neurons, ['layer', 'channel']) }),
    );
    for (const network of networks) {
      expect(validateNetwork(network)).toEqual([]);
      expect(modelProblems(network, { neurons: knownNeurons })).toEqual([]);
    }
    const found = networks.flatMap(({ nodes }) =>
      nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron.kind] : [])),
    );
    expect(new Set(found)).toEqual(new Set(kinds));
  });

  it('gives every kind its threshold for the layer, its channels or its neurons', () => {
    const [shape, random] = [[2, 2, 3], xoroshiro128plus(5)];
    const shapes = {
      layer: [[]],
      channel: [[3]],
      neuron: [
        [2, 2, 3],
        [2, 1, 1],
        [2, 1],
        [1, 2, 3],
        [2, 2, 1],
      ],
    };
    for (const place of ['layer', 'channel', 'neuron'] as const) {
      for (const neuron of builtInNeurons) {
        const { kind: given, parameters } = neuronSite([neuron], [place]).define(random, shape);
        expect(given).toBe(neuron.kind);
        expect(shapes[place]).toContainEqual(parameters?.['threshold']?.shape);
      }
    }
  });
});

describe('imageFor', () => {
  it('has the shape of the input, the same for the same seed, and is refused a network that has none', () => {
    const build = networkBuilder();
    build.output('y', build.input('x', [2, 2, 3]));
    const network = build.build();
    expect(imageFor(network, 3)).toHaveLength(12);
    expect(imageFor(network, 3)).toEqual(imageFor(network, 3));
    expect(() => imageFor({ ...network, nodes: [] }, 3)).toThrow(/no input/);
  });
});
