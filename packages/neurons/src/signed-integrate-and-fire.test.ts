import { leakyQuantClip } from '@rheobase/activations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signedIntegrateAndFire } from './default-neurons.js';

const current = fc.double({ min: -8, max: 4, noNaN: true });
const theta = fc.double({ min: 0.2, max: 4, noNaN: true });
const slope = fc.double({ min: 0.05, max: 1, noNaN: true });
const share = (spikes: readonly number[], sign: number): number =>
  spikes.filter((count) => count === sign).length / spikes.length;

describe('signed-if', () => {
  it('keeps θ·mean s⁺ − (θ/α)·mean s⁻ = mean I + (V(0) − V(T))/T whatever comes in', () => {
    const currents = fc.array(current, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(currents, theta, slope, current, (input, threshold, alpha, initialPotential) => {
        const values = { threshold, initialPotential, slope: alpha };
        const { spikes, potentials } = signedIntegrateAndFire.reference(input, values);
        const mean = input.reduce((sum, value) => sum + value, 0) / input.length;
        const said = threshold * share(spikes, 1) - (threshold / alpha) * share(spikes, -1);
        expect(said).toBeCloseTo(mean + (initialPotential - (potentials.at(-1) ?? Number.NaN)) / input.length, 8);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('comes within a level of the leaky quantization-clip of a constant input in T = L steps', () => {
    fc.assert(
      fc.property(current, theta, slope, fc.integer({ min: 1, max: 16 }), (input, threshold, alpha, steps) => {
        const values = { threshold, initialPotential: threshold / 2, slope: alpha };
        const { spikes } = signedIntegrateAndFire.reference(
          Array.from({ length: steps }, () => input),
          values,
        );
        const rate = (threshold * spikes.reduce((sum, count) => sum + count, 0)) / steps;
        const expected = leakyQuantClip.reference(input, { threshold, slope: alpha, levels: steps });
        expect(Math.abs(rate - expected)).toBeLessThanOrEqual((threshold / steps) * 1.0001);
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});
