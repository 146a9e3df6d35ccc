import type { Network, NetworkBuilder, Parameter } from '@rheobase/network';
import { float32Parameter, networkBuilder, noPadding } from '@rheobase/network';
import { expectClose, referenceSimulate } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { engineMemory } from './engine-memory.js';
import { eventEngine, planStore } from './event-engine.js';

// Sixteenths, so that float32 rounds no potential.
const image = Float32Array.from({ length: 4 * 4 * 2 }, (_, i) => ((i * 7) % 11) / 16);
const thresholds = {
  one: [11 / 16],
  channel: [11 / 16, 7 / 16],
  neuron: Array.from(image, (_, i) => (6 + (i % 5)) / 16),
};

interface Before {
  readonly threshold: readonly number[];
  /** Nodes between the neurons and the pooling. */
  readonly between?: (builder: NetworkBuilder, cells: string) => string;
}

/** Neurons, the nodes between, and a max pooling whose windows overlap and reach into padding. */
function networkWith({ threshold, between }: Before): Network {
  const builder = networkBuilder();
  const shape = { 1: [], 2: [2] }[threshold.length] ?? [4, 4, 2];
  const cells = builder.neuron('cells', builder.input('x', [4, 4, 2]), {
    kind: 'if',
    parameters: {
      threshold: float32Parameter('threshold', shape, threshold),
      initialPotential: float32Parameter('initialPotential', [], [3 / 16]),
    },
  });
  builder.output('out', pooled(builder, between?.(builder, cells) ?? cells));
  return builder.build();
}

function pooled(builder: NetworkBuilder, input: string): string {
  const padding = { top: 1, bottom: 0, left: 0, right: 1 };
  return builder.node({ op: 'maxPool', name: 'pool', inputs: [input], size: [2, 3], stride: [1, 2], padding });
}

function scaled(builder: NetworkBuilder, input: string, factor: Parameter): string {
  return builder.node({ op: 'scale', name: 'scaled', inputs: [input], factor: builder.parameter('factor', factor) });
}
const scaledBy =
  (factors: readonly number[]) =>
  (builder: NetworkBuilder, cells: string): string =>
    scaled(builder, cells, float32Parameter('scale', [2], factors));

/** The max pooling kernels that a network's plan calls. */
function kernelsOf(network: Network): readonly string[] {
  const { calls } = planStore(network, engineMemory()).planFor(4, []);
  return calls.map(({ kernel }) => kernel).filter((kernel) => kernel.endsWith('max_pool'));
}

async function expectReference(network: Network, steps: number): Promise<void> {
  const engine = await eventEngine(network);
  const { outputs } = engine.simulate(
    { shape: [2, 4, 4, 2], images: Float32Array.from([...image, ...image]) },
    { steps },
  );
  const expected = referenceSimulate(network, image, steps).values.get('out') ?? [];
  const twice = expected.flatMap((step) => [...step, ...step]);
  expectClose(outputs.get('out')?.data ?? [], twice, { absolute: 1e-5, relative: 1e-5 });
}

describe('a max pooling in the event engine', () => {
  const asSpikes: readonly (readonly [string, Before])[] = [
    ['neurons of one threshold', { threshold: thresholds.one }],
    ['neurons of one threshold a channel', { threshold: thresholds.channel }],
    ['spikes times a positive factor', { threshold: thresholds.one, between: scaledBy([2, 0.5]) }],
    [
      'some of the pixels',
      {
        threshold: thresholds.channel,
        between: (builder, cells) => builder.node({ op: 'subsample', name: 'some', inputs: [cells], stride: [2, 1] }),
      },
    ],
  ];
  for (const [what, before] of asSpikes) {
    it(`gives spikes of ${what}, and goes on counting after 32 steps`, async () => {
      const network = networkWith(before);
      expect(kernelsOf(network)).toEqual(['spike_max_pool']);
      await expectReference(network, 5);
      await expectReference(network, 70);
    });
  }

  const asNumbers: readonly (readonly [string, Before])[] = [
    ['neurons of a threshold each', { threshold: thresholds.neuron }],
    ['spikes times a negative factor', { threshold: thresholds.one, between: scaledBy([2, -1]) }],
    [
      'averages of spikes',
      {
        threshold: thresholds.one,
        between: (builder, cells) =>
          builder.node({
            op: 'avgPool',
            name: 'average',
            inputs: [cells],
            size: [2, 2],
            stride: [1, 1],
            padding: noPadding,
            divisor: 'window',
          }),
      },
    ],
  ];
  for (const [what, before] of asNumbers) {
    it(`gives numbers of ${what}, and goes on adding up after 32 steps`, async () => {
      const network = networkWith(before);
      expect(kernelsOf(network)).toEqual(['f32_max_pool']);
      await expectReference(network, 5);
      await expectReference(network, 70);
    });
  }

  it('is taken once of what comes from the image alone', async () => {
    const builder = networkBuilder();
    const cells = builder.neuron('cells', pooled(builder, builder.input('x', [4, 4, 2])), {
      kind: 'if',
      parameters: {
        threshold: float32Parameter('threshold', [], [1]),
        initialPotential: float32Parameter('initialPotential', [], [0.5]),
      },
    });
    builder.output('out', cells);
    const network = builder.build();
    expect(kernelsOf(network)).toEqual(['f32_max_pool']);
    const { values } = planStore(network, engineMemory()).planFor(4, [{ kind: 'mean-value', node: 'pool' }]);
    expect(values.get('pool')?.changing).toBe(false);
    await expectReference(network, 40);
  });

  it('refuses, in integers, more steps than its 32-bit sums can hold', async () => {
    const builder = networkBuilder();
    const integer = (role: Parameter['role'], value: number): Parameter => ({
      role,
      type: 'int32',
      shape: [],
      data: Int32Array.from([value]),
    });
    const quantized = builder.node({
      op: 'quantize',
      name: 'quantized',
      inputs: [builder.input('x', [4, 4, 2])],
      step: builder.parameter('step', float32Parameter('scale', [], [0.01])),
      limit: 1023,
    });
    const cells = builder.node({
      op: 'neuron',
      name: 'cells',
      inputs: [quantized],
      neuron: {
        kind: 'if',
        parameters: {
          threshold: builder.parameter('threshold', integer('threshold', 100)),
          initialPotential: builder.parameter('initialPotential', integer('initialPotential', 50)),
        },
        attributes: {},
      },
      spikeValue: 'one',
    });
    builder.output('out', pooled(builder, scaled(builder, cells, integer('scale', -(2 ** 24)))));
    const network = builder.build();
    expect(kernelsOf(network)).toEqual(['i32_max_pool']);
    await expectReference(network, 127);
    await expect(expectReference(network, 128)).rejects.toThrow(
      /^pool: the event engine cannot run it: what it adds up over 128 steps could leave 32 bits; 127 are the most/,
    );
  });
});
