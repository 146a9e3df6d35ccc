import { float32Parameter, knownNeurons, networkBuilder, noPadding } from '@rheobase/network';
import { overflowingNetwork, overflows } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { supportedNeurons } from './neuron-population.js';

const large = { shape: [1, 2], images: Float32Array.of(1e10, 1e10) };

const firingAt = (threshold: number) => ({
  kind: 'if',
  parameters: {
    threshold: float32Parameter('threshold', [], [threshold]),
    initialPotential: float32Parameter('initialPotential', [], [0]),
  },
});

describe('eventEngine refuses', () => {
  it.each(
    supportedNeurons().flatMap((kind) => Object.entries(overflows).map(([what, weights]) => ({ kind, what, weights }))),
  )('currents of $what into neurons of kind $kind, however many the steps', async ({ kind, weights }) => {
    const engine = await eventEngine(overflowingNetwork(kind, weights));
    const differential = knownNeurons.get(kind).dynamics?.growth !== undefined;
    for (const steps of [1, 3, differential ? 32 : 40]) {
      expect(() => engine.simulate(large, { steps })).toThrow(/cells: its potentials hold (NaN|-?Infinity)/);
    }
    const fine = engine.simulate({ shape: [1, 2], images: Float32Array.of(1e-29, 1e-29) }, { steps: 3 });
    expect([...(fine.outputs.get('y')?.data ?? [])].every(Number.isFinite)).toBe(true);
  });

  it.each([Number.NaN, Infinity, -Infinity])('inputs that hold %s, naming the input and the image', async (value) => {
    const engine = await eventEngine(overflowingNetwork('if', [1, 1]));
    const batch = { shape: [3, 2], images: Float32Array.of(1, 1, 1, 1, value, 1) };
    expect(() => engine.simulate(batch, { steps: 2 })).toThrow(/x: image 2 of this input holds/);
  });

  it('outputs that overflow behind the last neurons', async () => {
    const builder = networkBuilder();
    const cells = builder.neuron('cells', builder.input('x', [1]), firingAt(1e20));
    const weight = float32Parameter('weight', [1, 1], [1e30]);
    builder.output('y', builder.dense('head', cells, { weight }));
    const engine = await eventEngine(builder.build());
    expect(() => engine.simulate({ shape: [1, 1], images: Float32Array.of(1e20) }, { steps: 2 })).toThrow(
      /y: its values hold Infinity/,
    );
  });

  it('NaN that a max pooling would drop', async () => {
    const builder = networkBuilder();
    const weight = float32Parameter('weight', [1, 1, 2, 1], overflows.NaN);
    const wide = builder.conv2d('wide', builder.input('x', [1, 2, 2]), { weight });
    const size = [1, 2] as const;
    const pool = builder.node({ op: 'maxPool', name: 'pool', inputs: [wide], size, stride: size, padding: noPadding });
    builder.output('y', builder.neuron('cells', pool, firingAt(1)));
    const engine = await eventEngine(builder.build());
    const data = Float32Array.of(1e10, 1e10, 0, 0);
    expect(() => engine.simulate({ shape: [1, 1, 2, 2], images: data }, { steps: 2 })).toThrow(
      /wide: its values hold NaN/,
    );
  });
});
