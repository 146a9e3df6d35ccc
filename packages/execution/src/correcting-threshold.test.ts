import { defaultNeurons } from '@rheobase/neurons';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CorrectingSpikes } from './correcting-threshold.js';
import { correctingThreshold, sentFor } from './correcting-threshold.js';
import { valueHistogram } from './value-histogram.js';

const rules: fc.Arbitrary<CorrectingSpikes> = fc.oneof(
  fc.record({
    values: fc.record({ powers: fc.integer({ min: 1, max: 7 }) }),
    growth: fc.constantFrom(2, 1.5, 1.25),
    steps: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({
    values: fc.oneof(
      fc.record({ powers: fc.integer({ min: 1, max: 7 }) }),
      fc.record({ counts: fc.integer({ min: 1, max: 20 }) }),
    ),
    steps: fc.integer({ min: 1, max: 8 }),
  }),
);

describe('the threshold of neurons that correct what they sent', () => {
  it('is chosen by what the neuron of that kind sends', () => {
    fc.assert(
      fc.property(rules, fc.double({ min: 0.01, max: 40, noNaN: true }), (rule, z) => {
        const { values, growth, steps } = rule;
        const kind = 'counts' in values ? 'harmony' : growth === undefined ? 'multi-threshold' : 'differential';
        const attributes = 'counts' in values ? { maximum: values.counts } : { levels: values.powers };
        const currents = Array.from({ length: steps }, (_, t) => (growth === undefined || t === 0 ? z : 0));
        const { spikes } = defaultNeurons
          .get(kind)
          .reference(currents, { threshold: 1, ...attributes, ...(growth !== undefined && { growth }) });
        const decoded = spikes.reduce((sum, s, t) => sum + (growth === undefined ? s / steps : s * growth ** -t), 0);
        expect(sentFor(z, rule)).toBeCloseTo(decoded, 9);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('has the least error of all that are tried, and no values are far from what is sent', () => {
    const histogram = valueHistogram();
    histogram.add(Float32Array.from({ length: 4000 }, (_, i) => Math.max(0, Math.sin(i) * (1 + (i % 7)))));
    const spikes = { values: { powers: 4 }, growth: 2, steps: 4 } as const;
    const theta = correctingThreshold(histogram, spikes);
    const errorAt = (unit: number): number =>
      histogram
        .positiveBins()
        .reduce((sum, { value, count }) => sum + count * (value - unit * sentFor(value / unit, spikes)) ** 2, 0);
    for (const other of [0.5, 0.8, 1.25, 2]) expect(errorAt(theta)).toBeLessThan(errorAt(other * theta));
    for (const z of [0.5, 1, 3, 6]) expect(Math.abs(theta * sentFor(z / theta, spikes) - z)).toBeLessThan(0.2);
  });
});
