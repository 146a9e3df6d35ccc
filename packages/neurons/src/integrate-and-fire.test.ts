import { quantClip } from '@rheobase/activations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  burst,
  integrateAndFire,
  integrateAndFireHard,
  integrateAndFireShift,
  leakyIntegrateAndFire,
} from './default-neurons.js';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const current = fc.double({ min: -3, max: 3, noNaN: true });
const currents = fc.array(current, { minLength: 1, maxLength: 30 });
const theta = fc.double({ min: 0.1, max: 4, noNaN: true });

describe('if', () => {
  it('turns a constant input into its quantization-clip in T = L steps from half a threshold', () => {
    fc.assert(
      fc.property(current, theta, fc.integer({ min: 1, max: 16 }), (input, threshold, steps) => {
        const position = (input * steps) / threshold + 0.5;
        fc.pre(Math.abs(position - Math.round(position)) > 1e-5);
        const values = { threshold, initialPotential: threshold / 2 };
        const { spikes } = integrateAndFire.reference(
          Array.from({ length: steps }, () => input),
          values,
        );
        const expected = quantClip.reference(input, { threshold, levels: steps });
        expect(threshold * mean(spikes)).toBeCloseTo(expected, 9);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('keeps θ·mean s = mean I + (V(0) − V(T))/T whatever comes in', () => {
    fc.assert(
      fc.property(currents, theta, current, (input, threshold, initialPotential) => {
        const { spikes, potentials } = integrateAndFire.reference(input, { threshold, initialPotential });
        const rest = (initialPotential - (potentials.at(-1) ?? Number.NaN)) / input.length;
        expect(threshold * mean(spikes)).toBeCloseTo(mean(input) + rest, 9);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

describe('if-shift', () => {
  it('turns a constant input into the same quantization-clip in T steps', () => {
    fc.assert(
      fc.property(current, theta, fc.integer({ min: 1, max: 16 }), (input, threshold, steps) => {
        const position = (input * steps) / threshold + 0.5;
        fc.pre(Math.abs(position - Math.round(position)) > 1e-5);
        const { spikes } = integrateAndFireShift.reference(
          Array.from({ length: steps }, () => input),
          { threshold, steps },
        );
        const expected = quantClip.reference(input, { threshold, levels: steps });
        expect(threshold * mean(spikes)).toBeCloseTo(expected, 9);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('if-hard', () => {
  it('loses what lies above the threshold', () => {
    expect(integrateAndFireHard.reference([1.75, 0.5, 0.5], { threshold: 1, initialPotential: 0 })).toEqual({
      spikes: [1, 0, 1],
      potentials: [0, 0.5, 0],
    });
  });
});

describe('lif', () => {
  it('is if without a leak', () => {
    fc.assert(
      fc.property(currents, theta, current, (input, threshold, initialPotential) => {
        const values = { threshold, initialPotential };
        expect(leakyIntegrateAndFire.reference(input, { ...values, leak: 1 })).toEqual(
          integrateAndFire.reference(input, values),
        );
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it('stays silent at a constant input below (1 − λ)·θ, where the leak is as large as the input', () => {
    const { spikes, potentials } = leakyIntegrateAndFire.reference(
      Array.from({ length: 200 }, () => 0.24),
      {
        threshold: 1,
        initialPotential: 0,
        leak: 0.75,
      },
    );
    expect(mean(spikes)).toBe(0);
    expect(potentials.at(-1)).toBeCloseTo(0.96, 9);
  });
});

describe('burst', () => {
  it('is if with at most one spike a step', () => {
    fc.assert(
      fc.property(currents, theta, current, (input, threshold, initialPotential) => {
        const values = { threshold, initialPotential };
        expect(burst.reference(input, { ...values, maximum: 1 })).toEqual(integrateAndFire.reference(input, values));
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it('leaves less than a threshold behind when no step needs more than Γ spikes', () => {
    const input = [2.5, 0, 4.75, 1];
    const { spikes, potentials } = burst.reference(input, { threshold: 1, initialPotential: 0, maximum: 5 });
    expect(spikes).toEqual([2, 0, 5, 1]);
    expect(potentials.every((potential) => potential >= 0 && potential < 1)).toBe(true);
  });
});
