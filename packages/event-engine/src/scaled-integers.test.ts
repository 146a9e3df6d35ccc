import { toInteger } from '@rheobase/converter';
import { constantParameter, float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { referenceSimulate } from '@rheobase/testing';
import { expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';

it.each([
  ['channel', [3], [2, -0.25, 0]],
  ['element', [2, 2, 3], [1, -1, 0, 2, 0.5, 1, 1, 1, -1, -1, 0, 1]],
] as const)(
  'an integer network multiplies the spikes of each %s by the sign of its constant, as the reference does',
  async (_, shape, factors) => {
    const build = networkBuilder();
    const cells = (name: string, input: string): string =>
      build.neuron(name, input, {
        kind: 'if',
        parameters: {
          threshold: scalarParameter('threshold', 0.5),
          initialPotential: scalarParameter('initialPotential', 0.25),
        },
      });
    const factor = build.parameter('factor', float32Parameter('scale', shape, factors));
    const first = cells('first', build.input('x', [2, 2, 3]));
    const scaled = build.node({ op: 'scale', name: 'scaled', inputs: [first], factor });
    const flat = build.node({ op: 'flatten', name: 'flat', inputs: [scaled] });
    build.output(
      'y',
      cells('second', build.dense('dense', flat, { weight: constantParameter('weight', [12, 4], 0.9) })),
    );
    const { network } = toInteger(build.build(), { inputMaximum: 1 });
    const images = Float32Array.from({ length: 12 }, (_, i) => ((i * 5) % 12) / 12);
    const engine = await eventEngine(network);
    const { outputs } = engine.simulate({ shape: [1, 2, 2, 3], images }, { steps: 6 });
    const wanted = (referenceSimulate(network, images, 6).values.get('y') ?? []).flatMap((step) => [...step]);
    expect([...(outputs.get('y')?.data ?? [])]).toEqual(wanted);
    expect(wanted.some((value) => value !== 0)).toBe(true);
  },
);
