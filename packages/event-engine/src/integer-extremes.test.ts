import type { Network, Parameter, Probe } from '@rheobase/network';
import { knownNeurons, mostPotentialSteps, networkBuilder, scalarParameter } from '@rheobase/network';
import { referenceSimulate } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { supportedNeurons } from './neuron-population.js';

const limit = 2 ** 20;

const whole = (role: Parameter['role'], data: readonly number[]): Parameter => ({
  role,
  type: 'int32',
  shape: [data.length],
  data: Int32Array.from(data),
});

interface Extremes {
  readonly kind: string;
  readonly thresholds: readonly number[];
  readonly starts: readonly number[];
  readonly attribute: number;
}

/** Integer neurons that read a quantized image directly. */
function networkOf({ kind, thresholds, starts, attribute }: Extremes): Network {
  const build = networkBuilder();
  const x = build.input('x', [thresholds.length]);
  const step = build.parameter('step', scalarParameter('scale', 1));
  const quantized = build.node({ op: 'quantize', name: 'q', inputs: [x], step, limit });
  const given = {
    threshold: build.parameter('threshold', whole('threshold', thresholds)),
    ...(Object.hasOwn(knownNeurons.get(kind).parameters, 'initialPotential') && {
      initialPotential: build.parameter('start', whole('initialPotential', starts)),
    }),
    ...(kind.startsWith('lif') && { leak: build.parameter('leak', scalarParameter('dynamics', 0.75)) }),
  };
  const attributes = {
    ...(kind === 'signed-if' && { slope: attribute }),
    ...(kind === 'compensating-if' && { tolerance: attribute }),
    ...(kind === 'if-shift' && { steps: 4 }),
    ...(['burst', 'harmony'].includes(kind) && { maximum: 5 }),
    ...(['multi-threshold', 'differential'].includes(kind) && { levels: 4 }),
    ...(kind === 'differential' && { growth: 2 }),
  };
  const cells = build.node({
    op: 'neuron',
    name: 'cells',
    inputs: [quantized],
    neuron: { kind, parameters: given, attributes },
    spikeValue: 'one',
  });
  const factor = build.parameter('factor', scalarParameter('scale', 1));
  build.output('y', build.node({ op: 'scale', name: 'scaled', inputs: [cells], factor }));
  return build.build();
}

const threshold = fc.constantFrom(1, 1000, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 2, 2 ** 31 - 1);
const start = fc.constantFrom(0, 5, 2 ** 29, 2 ** 30, 2 ** 31 - 2 - 4 * limit).chain((v) => fc.constantFrom(v, -v));
const size = 9;
const each = <Value>(one: fc.Arbitrary<Value>) => fc.array(one, { minLength: size, maxLength: size });

describe('integer neurons near the limits of 32 bits', () => {
  it.each(supportedNeurons())('agree with the reference in every bit: %s', async (kind) => {
    const extremes = fc.record({
      kind: fc.constant(kind),
      thresholds: each(threshold),
      starts: each(start),
      attribute: fc.constantFrom(1, 0.5, 0.3, 1e-9),
    });
    const pixels = each(fc.integer({ min: -limit, max: limit }));
    await fc.assert(
      fc.asyncProperty(extremes, pixels, async (given, image) => {
        const network = networkOf(given);
        const node = network.nodes.find(({ op }) => op === 'neuron');
        const most = node?.op === 'neuron' ? mostPotentialSteps(network, node, limit) : 0;
        const engine = await eventEngine(network);
        const probes: readonly Probe[] = [
          { kind: 'spikes', node: 'cells' },
          { kind: 'residual-potential', node: 'cells' },
        ];
        const batch = { shape: [1, size], images: Float32Array.from(image) };
        const steps = Math.min(4, most);
        const [spikes, potentials] = engine.simulate(batch, { steps, probes }).records;
        const reference = referenceSimulate(network, batch.images, steps);
        expect([...(spikes?.data ?? [])]).toEqual((reference.spikes.get('cells') ?? []).flatMap((now) => [...now]));
        expect([...(potentials?.data ?? [])]).toEqual(
          [...(reference.potentials.get('cells')?.at(-1) ?? [])].map(Math.fround),
        );
        if (most < 4) expect(() => engine.simulate(batch, { steps: most + 1 })).toThrow(/^cells: .* 32 bits/);
      }),
      { seed: 31, numRuns: 25 },
    );
  });
});
