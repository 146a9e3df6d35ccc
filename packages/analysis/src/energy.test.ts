import type { Network } from '@rheobase/network';
import { constantParameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { energyOf } from './energy.js';
import { defaultEnergyModels, horowitz45nm, neuromorphic77fJ } from './energy-model.js';

const neuron = () => ({ kind: 'if', parameters: { threshold: scalarParameter('threshold', 1) } });
const weight = (from: number, to: number) => ({ weight: constantParameter('weight', [from, to], 1) });

/** 20 MACs from the input, 50 hidden, 30 into the read-out; with `linear`, a hidden layer of 25 that reads analog values. */
function network(linear = false): Network {
  const build = networkBuilder();
  const first = build.neuron('a', build.dense('first', build.input('x', [2]), weight(2, 10)), neuron());
  const hidden = build.dense('hidden', first, weight(10, 5));
  const second = build.neuron('b', linear ? build.dense('linear', hidden, weight(5, 5)) : hidden, neuron());
  build.output('y', build.dense('head', second, weight(5, 6)));
  return build.build();
}
const sopsPerImage = { hidden: 40, readOut: 10 };

describe('energyOf', () => {
  it('charges spikes as accumulates and the first layer once, against every MAC of the analog network', () => {
    const { snn, ann, ratio } = energyOf({ network: network(), sopsPerImage, steps: 4 });
    expect(snn.terms.map(({ operations }) => operations)).toEqual([20, 0, 40, 10]);
    expect(snn.picojoules).toBeCloseTo(20 * 4.6 + 50 * 0.9, 9);
    expect(ann.terms.map(({ operations }) => operations)).toEqual([20, 50, 30]);
    expect(ann.picojoules).toBeCloseTo(460, 9);
    expect(ratio).toBeCloseTo(137 / 460, 12);
  });

  it('charges the first layer at every step if the boundary says so', () => {
    const { snn, ann } = energyOf({
      network: network(),
      sopsPerImage,
      steps: 4,
      boundary: { firstLayer: 'every-step' },
    });
    expect(snn.picojoules).toBeCloseTo(80 * 4.6 + 50 * 0.9, 9);
    expect(ann.picojoules).toBeCloseTo(460, 9);
  });

  it('charges what reads frames at every step, those of several layers before the first neuron too', () => {
    const build = networkBuilder();
    const second = build.dense('second', build.dense('first', build.input('x', [2]), weight(2, 10)), weight(10, 5));
    build.output('y', build.dense('head', build.neuron('a', second, neuron()), weight(5, 6)));
    const request = { network: build.build(), sopsPerImage: { hidden: 0, readOut: 10 }, steps: 4 } as const;
    const still = energyOf(request);
    const { snn, ann, boundary } = energyOf({ ...request, input: 'frames' });
    expect([still.boundary.firstLayer, boundary.firstLayer]).toEqual(['once', 'every-step']);
    expect([still.snn.terms[0]?.operations, snn.terms[0]?.operations]).toEqual([70, 280]);
    expect(snn.picojoules).toBeCloseTo(280 * 4.6 + 10 * 0.9, 9);
    expect(ann).toEqual(still.ann);
    const excluded = energyOf({ ...request, input: 'frames', boundary: { firstLayer: 'excluded' } });
    expect(excluded.snn.terms[0]?.operations).toBe(0);
    expect(() => energyOf({ ...request, input: 'frames', boundary: { firstLayer: 'once' } })).toThrow(
      /cannot be multiplied out once for an input of frames/,
    );
  });

  it('excludes the first layer and the read-out from both networks', () => {
    const boundary = { firstLayer: 'excluded', readOut: 'excluded' } as const;
    const { snn, ann } = energyOf({ network: network(), sopsPerImage, steps: 4, boundary });
    expect(snn.picojoules).toBeCloseTo(40 * 0.9, 9);
    expect(ann.picojoules).toBeCloseTo(50 * 4.6, 9);
  });

  it('charges a layer that reads analog values in mid-network at every step', () => {
    const { snn, ann } = energyOf({ network: network(true), sopsPerImage, steps: 4 });
    expect(snn.terms[1]).toMatchObject({ what: 'layers that read analog values', operations: 100 });
    expect(ann.terms[1]?.operations).toBe(75);
  });

  it('takes any model, by value or from the registry', () => {
    const { snn } = energyOf({
      network: network(),
      sopsPerImage,
      steps: 1,
      model: defaultEnergyModels.get('neuromorphic-77fj'),
    });
    expect(snn.picojoules).toBeCloseTo(20 * 4.6 + 50 * 0.077, 9);
    expect([horowitz45nm.accumulate, neuromorphic77fJ.accumulate]).toEqual([0.9, 0.077]);
    expect(() => defaultEnergyModels.get('horowitz')).toThrow(/horowitz-45nm/);
  });

  it('refuses what it cannot compare', () => {
    const build = networkBuilder();
    build.output(
      'y',
      build.activation('relu', build.dense('first', build.input('x', [2]), weight(2, 3)), { kind: 'relu' }),
    );
    expect(() => energyOf({ network: build.build(), sopsPerImage, steps: 1 })).toThrow(
      /'relu' is an analog activation/,
    );
    expect(() => energyOf({ network: network(), sopsPerImage, steps: 0 })).toThrow(/steps must be/);
    expect(() => energyOf({ network: network(), sopsPerImage: { hidden: -1, readOut: 0 }, steps: 1 })).toThrow(
      /sopsPerImage.hidden/,
    );
    const only = networkBuilder();
    only.output('y', only.neuron('n', only.dense('first', only.input('x', [2]), weight(2, 3)), neuron()));
    expect(() =>
      energyOf({ network: only.build(), sopsPerImage, steps: 1, boundary: { firstLayer: 'excluded' } }),
    ).toThrow(/widen the boundary/);
  });
});
