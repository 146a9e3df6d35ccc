import { bind, startTensorBackend } from '@rheobase/execution';
import { float32Parameter, inferShapes, isSpiking, networkBuilder, shapeAt } from '@rheobase/network';
import { integrateAndFireSite, networkArbitrary, randomFeatures } from '@rheobase/testing';
import { ones } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { thresholdsPerChannel } from './thresholds-per-channel.js';

beforeAll(() => startTensorBackend());

const networks = networkArbitrary({ site: integrateAndFireSite, features: randomFeatures }).filter(isSpiking);

describe('thresholdsPerChannel', () => {
  it('gives every neuron θ by channel, and a network that computes the same', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const rewritten = thresholdsPerChannel(network);
        const shapes = inferShapes(network);
        for (const node of rewritten.nodes) {
          if (node.op !== 'neuron') continue;
          const theta = rewritten.parameters.get(node.neuron.parameters['threshold'] ?? '');
          expect(theta?.data.length).toBeGreaterThanOrEqual(shapeAt(shapes, node.name).at(-1) ?? 1);
        }
        const input = network.nodes.find(({ op }) => op === 'input');
        const batch = ones([2, ...shapeAt(shapes, input?.name ?? '')]);
        const [before, after] = [network, rewritten].map((each) => {
          const bound = bind(each);
          const [result] = bound.simulate(batch, { steps: 3 }).outputs.values();
          bound.dispose();
          return Array.from(result?.data ?? []);
        });
        batch.dispose();
        expect(after).toEqual(before);
        expect(thresholdsPerChannel(rewritten).parameters).toEqual(rewritten.parameters);
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  it('gives activations with a threshold θ by channel too, and leaves those without as they are', () => {
    const build = networkBuilder();
    const clip = build.activation('clip', build.input('x', [2, 2, 3]), {
      kind: 'clip',
      parameters: { threshold: float32Parameter('threshold', [], [2]) },
    });
    build.output('y', build.activation('relu', clip, { kind: 'relu' }));
    const { nodes, parameters } = thresholdsPerChannel(build.build());
    expect(parameters.get('clip.threshold')).toEqual(float32Parameter('threshold', [3], [2, 2, 2]));
    expect(parameters.size).toBe(1);
    expect(nodes).toEqual(build.build().nodes);
  });
});
