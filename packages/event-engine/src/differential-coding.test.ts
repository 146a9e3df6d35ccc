import { toInteger } from '@rheobase/converter';
import type { Network, NeuronDefinition } from '@rheobase/network';
import {
  inferShapes,
  isSpiking,
  neuronDefinitions,
  networkBuilder,
  scalarParameter,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import type { RandomFeature } from '@rheobase/testing';
import {
  imageFor,
  networkArbitrary,
  neuronSite,
  randomFeatures,
  referenceSimulate,
  spikeDifferences,
} from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { references } from './random-spiking.fixture.js';

const steps = 5;
const neuron: NeuronDefinition = neuronDefinitions.differential;
const features: readonly RandomFeature[] = [
  ...randomFeatures.filter((feature) => feature !== 'batchNorm' && feature !== 'maxPool' && feature !== 'upsample'),
  'analogHead',
];
const networksOf = (growth: number): fc.Arbitrary<Network> =>
  networkArbitrary({ site: neuronSite([neuron], ['layer', 'channel'], growth), features }).filter(isSpiking);

/** The engine's spikes by neuron, and its outputs. */
async function run(network: Network, image: Float32Array) {
  const engine = await eventEngine(network);
  const names = network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));
  const input = network.nodes.find((node) => node.op === 'input');
  const batch = { shape: [1, ...(input?.op === 'input' ? input.shape : [])], images: image };
  const probes = [
    ...names.map((node) => ({ kind: 'spikes', node }) as const),
    ...names.map((node) => ({ kind: 'firings', node }) as const),
  ];
  const { records, outputs } = engine.simulate(batch, { steps, probes });
  const spikes = new Map(names.map((name, i) => [name, records[i]?.data ?? new Int8Array(0)]));
  names.forEach((_, i) => {
    const own = [...(records[i]?.data ?? [])];
    const size = own.length / steps;
    const fired = Array.from(
      { length: steps },
      (__, t) => own.slice(t * size, (t + 1) * size).filter((s) => s !== 0).length,
    );
    expect([...(records[names.length + i]?.data ?? [])]).toEqual(fired);
  });
  return { spikes, outputs };
}

describe('a network with differential coding on the event engine', () => {
  it('is equal to the reference in every bit with integers', async () => {
    let spiked = 0;
    await fc.assert(
      fc.asyncProperty(networksOf(2), fc.nat(1000), async (source, seed) => {
        const { network } = toInteger(source, { inputMaximum: 4 });
        const image = imageFor(network, seed);
        const reference = referenceSimulate(network, image, steps);
        const { spikes, outputs } = await run(network, image);
        for (const [name, own] of spikes) {
          const expected = (reference.spikes.get(name) ?? []).flatMap((now) => [...now]);
          expect([...own]).toEqual(expected);
          spiked += expected.filter((s) => s !== 0).length;
        }
        for (const [name, { data }] of outputs) {
          const expected = (reference.values.get(name) ?? []).flatMap((now) => [...now]);
          const scale = Math.max(1e-6, ...expected.map(Math.abs));
          expected.forEach((x, i) => expect(Math.abs((data[i] ?? Number.NaN) - x)).toBeLessThan(1e-4 * scale));
        }
      }),
      { seed: 19, numRuns: 60 },
    );
    expect(spiked).toBeGreaterThan(1000);
  });

  it.each([2, 1.5])(
    'differs from the reference only where a potential is on a boundary, with growth %s',
    async (growth) => {
      await fc.assert(
        fc.asyncProperty(networksOf(growth), fc.nat(1000), async (network, seed) => {
          const image = imageFor(network, seed);
          const reference = referenceSimulate(network, image, steps, references);
          const { spikes } = await run(network, image);
          for (const { margin } of spikeDifferences(network, reference, (name) => spikes.get(name) ?? []))
            expect(margin).toBeLessThan(1e-3);
        }),
        { seed: 20, numRuns: 60 },
      );
    },
  );

  it('is refused with more steps than a word has bits', async () => {
    const build = networkBuilder();
    const cells = build.neuron('cells', build.input('x', [2, 2, 1]), {
      kind: 'differential',
      parameters: { threshold: scalarParameter('threshold', 1) },
      attributes: { levels: 4, growth: 2 },
    });
    build.output('y', cells);
    const network = build.build();
    const engine = await eventEngine(network);
    const batch = { shape: [1, 2, 2, 1], images: new Float32Array(sizeOf(shapeAt(inferShapes(network), 'x'))) };
    expect(() => engine.simulate(batch, { steps: 33 })).toThrow(/at most 32 steps/);
  });
});
