import type { Network, NeuronDefinition, NeuronDynamics, Probe } from '@rheobase/network';
import { described, float32Parameter, knownNeurons, networkBuilder, neuronDefinitions } from '@rheobase/network';
import type { NeuronReference } from '@rheobase/testing';
import { referenceSimulate } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';

const names = { slope: 'slope', tolerance: 'tolerance', leak: 'leak', shift: 'steps', counts: 'maximum' } as const;

const dynamics: fc.Arbitrary<NeuronDynamics> = fc
  .record({
    reset: fc.constantFrom('soft', 'hard'),
    leaky: fc.boolean(),
    shifted: fc.boolean(),
    counted: fc.boolean(),
    above: fc.boolean(),
    negative: fc.constantFrom<NeuronDynamics['negative']>(
      undefined,
      { rule: 'signed', slope: names.slope },
      { rule: 'compensating', tolerance: names.tolerance },
    ),
  })
  .filter(
    ({ reset, negative, above, counted }) =>
      (reset === 'soft' || negative?.rule !== 'compensating') && !(above && counted),
  )
  .map(({ reset, leaky, shifted, counted, above, negative }) => ({
    reset,
    ...(above && { fires: 'above' as const }),
    ...(leaky && { leak: names.leak }),
    ...(shifted && { shift: names.shift }),
    ...(counted && { counts: names.counts }),
    ...(negative !== undefined && { negative }),
  }));

/** A definition with every part that a descriptor may name. */
function definitionOf(given: NeuronDynamics): NeuronDefinition {
  const { threshold, initialPotential, leak } = neuronDefinitions.lif.parameters;
  return {
    kind: 'mine',
    summary: 'a custom neuron',
    parameters: { threshold, initialPotential, ...(given.leak !== undefined && { leak }) },
    attributes: {
      slope: neuronDefinitions['signed-if'].attributes.slope,
      tolerance: neuronDefinitions['compensating-if'].attributes.tolerance,
      steps: neuronDefinitions['if-shift'].attributes.steps,
      maximum: neuronDefinitions.burst.attributes.maximum,
    },
    dynamics: given,
  };
}

const attributes = { slope: 0.5, tolerance: 0.25, steps: 4 };

/** The descriptor's equations, rounded to float32 as the kernels round them. */
function referenceOf({ reset, fires, leak, shift, negative, counts }: NeuronDynamics, most: number): NeuronReference {
  return (currents, { threshold: theta = 1, initialPotential = 0 }) => {
    let [v, balance] = [initialPotential, 0];
    const [spikes, potentials]: [number[], number[]] = [[], []];
    for (const current of currents) {
      if (leak !== undefined) v = Math.fround(v * 0.5);
      v = Math.fround(v + current);
      if (shift !== undefined) v = Math.fround(v + theta / 8);
      const at = Math.min(Math.max(Math.floor(v / theta), 0), counts === undefined ? 1 : most);
      const fired = fires === 'above' && v === theta ? 0 : at;
      let spike = fired;
      if (fired > 0) v = reset === 'hard' ? 0 : Math.fround(v - theta * fired);
      else if (negative?.rule === 'signed' && -v >= 2 * theta) {
        v = reset === 'hard' ? 0 : Math.fround(v + 2 * theta);
        spike = -1;
      } else if (negative?.rule === 'compensating' && v < -0.25 * theta && balance > 0) {
        v = Math.fround(v + theta);
        spike = -1;
      }
      balance += spike;
      spikes.push(spike);
      potentials.push(v);
    }
    return { spikes, potentials };
  };
}

/** Two populations, the second after weights, an identity shortcut and a max pooling, all in quarters, whose float32 sums are exact. */
function networkOf(given: NeuronDynamics, most: number, draw: (least: number, most: number) => number): Network {
  const build = networkBuilder();
  const quarters = (
    role: 'weight' | 'threshold' | 'initialPotential',
    shape: readonly number[],
    least: number,
    most: number,
  ) =>
    float32Parameter(
      role,
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw(least, most) / 4),
    );
  const cells = (name: string, input: string): string =>
    build.neuron(name, input, {
      kind: 'mine',
      parameters: {
        // A power of two, so that no quotient is rounded.
        threshold: float32Parameter('threshold', [1], [2 ** draw(-2, 1)]),
        initialPotential: quarters('initialPotential', [3], 0, 3),
        ...(given.leak !== undefined && { leak: float32Parameter('dynamics', [], [0.5]) }),
      },
      attributes: { ...attributes, maximum: most },
    });
  const first = cells('first', build.input('x', [2, 4, 3]));
  const conv = build.conv2d('conv', first, {
    weight: quarters('weight', [3, 3, 3, 3], -4, 4),
    padding: { top: 1, bottom: 1, left: 1, right: 1 },
  });
  const sum = build.node({ op: 'add', name: 'sum', inputs: [conv, first] });
  const second = cells('second', sum);
  const pool = build.node({
    op: 'maxPool',
    name: 'pool',
    inputs: [second],
    size: [2, 2],
    stride: [2, 2],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
  });
  build.output('y', cells('third', build.conv2d('next', pool, { weight: quarters('weight', [1, 2, 3, 3], -4, 4) })));
  return build.build();
}

describe('a neuron of any name', () => {
  it('runs by its descriptor, whatever that combines: spikes, counts, potentials and events are those of its equations', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        dynamics,
        fc.constantFrom(1, 2, 5, 127),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        async (given, most, steps, seed) => {
          let state = seed;
          const draw = (least: number, greatest: number): number => {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            return least + Math.floor((state / 2 ** 32) * (greatest - least + 1));
          };
          const definition = definitionOf(given);
          expect(described(definition)).toBeDefined();
          const network = networkOf(given, most, draw);
          const engine = await eventEngine(network, { neurons: knownNeurons.with(['mine', definition]) });
          const image = Float32Array.from({ length: 24 }, () => draw(-6, 12) / 4);
          const nodes = ['first', 'second', 'third'] as const;
          const kinds = ['spikes', 'spike-count', 'events', 'residual-potential'] as const;
          const probes = nodes.flatMap((node) => kinds.map((kind): Probe => ({ kind, node })));
          const { records } = engine.simulate({ shape: [1, 2, 4, 3], images: image }, { steps, probes });
          const reference = referenceSimulate(network, image, steps, { mine: referenceOf(given, most) });
          nodes.forEach((node, k) => {
            const spikes = (reference.spikes.get(node) ?? []).map((step) => [...step]);
            const [size, sum] = [
              spikes[0]?.length ?? 0,
              (values: readonly number[]) => values.reduce((a, b) => a + b, 0),
            ];
            const noted = kinds.map((_, j) => [...(records[kinds.length * k + j]?.data ?? [])]);
            expect(noted).toEqual([
              spikes.flat(),
              Array.from({ length: size }, (_, i) => sum(spikes.map((step) => step[i] ?? 0))),
              spikes.map((step) => sum(step.map(Math.abs))),
              [...(reference.potentials.get(node)?.at(-1) ?? [])],
            ]);
            if (Math.max(...spikes.flat()) > 2) met.add('counts');
            if (Math.min(...spikes.flat()) < 0) met.add('negative spikes');
          });
        },
      ),
      { seed: 16, numRuns: 300 },
    );
    expect(met.size).toBe(2);
  }, 60_000);
});
