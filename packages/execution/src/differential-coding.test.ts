import type { Network } from '@rheobase/network';
import { float32Parameter, isSpiking, neuronDefinitions, networkBuilder, scalarParameter } from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import type { NeuronReference } from '@rheobase/testing';
import {
  imageFor,
  networkArbitrary,
  neuronSite,
  randomFeatures,
  referenceSimulate,
  spikeDifferences,
} from '@rheobase/testing';
import { memory, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

const steps = 5;
const references: Readonly<Record<string, NeuronReference>> = {
  differential: (currents, values) => defaultNeurons.get('differential').reference(currents, values),
};
const networksOf = (growth: number): fc.Arbitrary<Network> =>
  networkArbitrary({
    site: neuronSite([neuronDefinitions.differential], ['layer', 'channel', 'neuron'], growth),
    features: [...randomFeatures, 'analogHead'],
  }).filter(isSpiking);

const neuron = (kind: string, attributes: Readonly<Record<string, number>>) => ({
  kind,
  parameters: { threshold: scalarParameter('threshold', 0.25) },
  attributes,
});

describe('simulate with differential coding', () => {
  it.each([2, 1.25])('agrees with the reference but for spikes on a boundary, with growth %s', (growth) => {
    let pools = 0;
    fc.assert(
      fc.property(networksOf(growth), fc.nat(1000), (network, seed) => {
        const image = imageFor(network, seed);
        const reference = referenceSimulate(network, image, steps, references);
        const before = memory().numTensors;
        const bound = bind(network);
        const input = network.nodes.find((node) => node.op === 'input');
        const batch = tensor(image, [1, ...(input?.op === 'input' ? input.shape : [])]);
        const names = network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));
        const probes = [
          ...names.map((node) => ({ kind: 'spikes', node }) as const),
          ...names.map((node) => ({ kind: 'firings', node }) as const),
        ];
        const { records, outputs } = bound.simulate(batch, { steps, probes });
        const spikes = new Map(names.map((name, i) => [name, records[i]?.data ?? new Int8Array(0)]));
        for (const [i, name] of names.entries()) {
          let firings = 0;
          for (const count of records[names.length + i]?.data ?? []) firings += count;
          expect(firings).toBe([...(spikes.get(name) ?? [])].filter((s) => s !== 0).length);
        }
        const differences = spikeDifferences(network, reference, (name) => spikes.get(name) ?? []);
        for (const { margin } of differences) expect(margin).toBeLessThan(1e-3);
        for (const [name, { data }] of differences.length > 0 ? [] : outputs) {
          const expected = (reference.values.get(name) ?? []).flatMap((now) => [...now]);
          const scale = Math.max(1, ...expected.map(Math.abs));
          expected.forEach((x, i) => expect(Math.abs((data[i] ?? Number.NaN) - x)).toBeLessThan(1e-3 * scale));
        }
        pools += network.nodes.filter(({ op }) => op === 'maxPool').length;
        batch.dispose();
        bound.dispose();
        expect(memory().numTensors).toBe(before);
      }),
      { seed: 21, numRuns: 60 },
    );
    expect(pools).toBeGreaterThan(0);
  });

  it('comes as near to a value in T steps as so many bits', () => {
    const build = networkBuilder();
    build.output('y', build.neuron('cells', build.input('x', [3]), neuron('differential', { levels: 4, growth: 2 })));
    const bound = bind(build.build());
    const values = [1.337, 0.071, -0.8];
    const batch = tensor(values, [1, 3]);
    const [result] = bound.simulate(batch, { steps: 8 }).outputs.values();
    const last = [...(result?.data ?? [])].slice(-3);
    expect(last.map((x, i) => Math.abs(x - Math.max(values[i] ?? 0, 0)) < 0.25 / 2 ** 7)).toEqual([true, true, true]);
    batch.dispose();
    bound.dispose();
  });

  it('is refused in networks of two codings, and by what needs means over time', () => {
    const build = networkBuilder();
    const first = build.neuron('first', build.input('x', [1]), neuron('differential', { levels: 4, growth: 2 }));
    const weight = float32Parameter('weight', [1, 1], [1]);
    build.output(
      'y',
      build.neuron('second', build.dense('layer', first, { weight }), neuron('multi-threshold', { levels: 4 })),
    );
    expect(() => bind(build.build())).toThrow(
      /second: its neuron has rate coding, but 'first' has differential coding/,
    );

    const alone = networkBuilder();
    alone.output('y', alone.neuron('cells', alone.input('x', [1]), neuron('differential', { levels: 4, growth: 2 })));
    const bound = bind(alone.build());
    const x = tensor([1], [1, 1]);
    expect(() => bound.unroll(new Map([['x', { kind: 'constant', value: x }]]), ['y'], { steps: 2 })).toThrow(
      /differential coding, which is simulated but not trained/,
    );
    x.dispose();
    bound.dispose();
  });
});
