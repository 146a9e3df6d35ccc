import { toInteger } from '@rheobase/converter';
import type { Network, Probe } from '@rheobase/network';
import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { imageFor, networkArbitrary, randomFeatures, referenceSimulate, withHostileNames } from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { keyText } from './constant-key.js';
import { eventEngine } from './event-engine.js';
import { anyNeuron, references } from './random-spiking.fixture.js';

describe('keyText', () => {
  it('tells keys apart whatever the names in them are', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('a', 'a","', '"a', 'a",1', 'a,1'));
    const key = fc.tuple(fc.constantFrom('factor', 'step'), name, fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(keyText(one as never) === keyText(other as never)).toBe(one.every((part, i) => part === other[i]));
      }),
      { seed: 1 },
    );
  });
});

describe('constants of the event engine', () => {
  const networks = (thresholds: Parameters<typeof anyNeuron>[0]) => {
    const features = randomFeatures.filter((feature) => feature !== 'batchNorm');
    return networkArbitrary({ site: anyNeuron(thresholds), features }).filter(
      ({ nodes }) =>
        nodes.some(({ op }) => op === 'neuron') &&
        !nodes.some((node) => node.op === 'upsample' && node.method === 'bilinear'),
    );
  };
  const formats = {
    float32: { given: networks(['layer', 'channel', 'neuron']), prepare: (network: Network) => network },
    integers: {
      given: networks(['layer', 'channel']),
      prepare: (network: Network) => toInteger(network, { inputMaximum: 4 }).network,
    },
  };

  it.each(Object.entries(formats))('do not depend on names, in %s', async (_, { given, prepare }) => {
    await fc.assert(
      fc.asyncProperty(given, fc.integer(), async (network, seed) => {
        const { network: renamed, nameOf } = withHostileNames(network, xoroshiro128plus(seed));
        const data = imageFor(network, seed);
        const run = async (each: Network) => {
          const probes = each.nodes.flatMap(({ op, name }): readonly Probe[] =>
            op === 'neuron' ? [{ kind: 'spikes', node: name }] : [],
          );
          const [input] = each.nodes;
          const shape = [1, ...(input?.op === 'input' ? input.shape : [])];
          return (await eventEngine(prepare(each))).simulate({ shape, images: data }, { steps: 3, probes });
        };
        const [plain, hostile] = [await run(network), await run(renamed)];
        expect(hostile.records.map((record) => record.data)).toEqual(plain.records.map((record) => record.data));
        for (const [name, output] of plain.outputs) expect(hostile.outputs.get(nameOf(name))).toEqual(output);
      }),
      { seed: 15, numRuns: 25 },
    );
  });

  it('are told apart where one node is called what belongs to another', async () => {
    const build = networkBuilder();
    const cells = build.neuron('cells', build.input('x', [1, 1, 4]), {
      kind: 'signed-if',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 0),
      },
      attributes: { slope: 1 },
    });
    const halves = { op: 'split', inputs: [cells], sizes: [2, 2] } as const;
    build.output('first', build.node({ ...halves, name: 'a', part: 0 }));
    build.output('second', build.node({ ...halves, name: 'a negative', part: 1 }));
    const network = build.build();
    const data = Float32Array.of(1, -1, -0.5, 0.5);
    const { outputs } = (await eventEngine(network)).simulate({ shape: [1, 1, 1, 4], images: data }, { steps: 2 });
    const expected = referenceSimulate(network, data, 2, references).values;
    for (const [name, output] of outputs) {
      expect([...output.data].map((x) => x + 0)).toEqual(
        (expected.get(name) ?? []).flatMap((step) => [...step]).map((x) => x + 0),
      );
    }
  });

  it('do not depend on what an earlier run observed', async () => {
    const build = networkBuilder();
    const x = build.input('x', [8]);
    const neuron = (name: string, threshold: number) =>
      build.neuron(name, x, {
        kind: 'if',
        parameters: {
          threshold: scalarParameter('threshold', threshold),
          initialPotential: scalarParameter('initialPotential', 0),
        },
      });
    const [a, b, c] = [neuron('a', 0.5), neuron('b', 0.25), neuron('c', 2)] as const;
    const inner = build.node({ op: 'add', name: 'inner', inputs: [a, b] });
    const outer = build.node({ op: 'add', name: 'outer', inputs: [inner, c] });
    const last = build.neuron('last', outer, {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 1.5),
        initialPotential: float32Parameter('initialPotential', [8], [0, 1, 0, 1, 0, 1, 0, 1]),
      },
    });
    build.output('y', last);
    const network = build.build();
    const image = Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25, 2, 3);
    const expected = (referenceSimulate(network, image, 4).values.get('y') ?? []).flatMap((step) => [...step]);
    const engine = await eventEngine(network);
    const observations: readonly (readonly Probe[])[] = [[], [{ kind: 'mean-value', node: 'inner' }], []];
    for (const probes of observations) {
      const { outputs } = engine.simulate({ shape: [1, 8], images: image }, { steps: 4, probes });
      expect([...(outputs.get('y')?.data ?? [])]).toEqual(expected.map(Math.fround));
    }
  });
});
