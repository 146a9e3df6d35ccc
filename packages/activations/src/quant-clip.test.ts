import '@tensorflow/tfjs-backend-cpu';
import { grads, scalar, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { clip } from './clip.js';
import { qcfs } from './qcfs.js';
import { quantClip } from './quant-clip.js';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('quant-clip', () => {
  it('rounds halves up, also where they are negative or even', () => {
    const values = { threshold: 4, levels: 4 };
    expect([-0.5, 0.5, 1.5, 2.5, 3.5, 4.5].map((z) => quantClip.reference(z, values))).toEqual([0, 1, 2, 3, 4, 4]);
  });

  it('is half a level from clip at most, and θ·n/L throughout', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const theta = fc.double({ min: 0.1, max: 8, noNaN: true });
    fc.assert(
      fc.property(number, theta, fc.integer({ min: 1, max: 32 }), (z, threshold, levels) => {
        const y = quantClip.reference(z, { threshold, levels });
        const level = (y * levels) / threshold;
        expect(Math.abs(level - Math.round(level))).toBeLessThan(1e-9);
        expect(Math.abs(y - clip.reference(z, { threshold }))).toBeLessThanOrEqual((threshold / levels) * 0.5000001);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('lets a tenth of the elements pass unrounded in training, each by itself, and rounds the others', () => {
    const size = 40_000;
    const points = Float32Array.from({ length: size }, (_, index) => (2 * (index % 977)) / 977 + 0.001);
    const result = tidy(() =>
      quantClip.train?.(tensor(points), { threshold: scalar(2) }, { levels: 4 }, xoroshiro128plus(5)).dataSync(),
    );
    let unrounded = 0;
    points.forEach((z, index) => {
      const y = result?.[index] ?? Number.NaN;
      const rounded = Math.abs(y - quantClip.reference(z, { threshold: 2, levels: 4 })) < 1e-6;
      if (!rounded) {
        expect(y).toBeCloseTo(clip.reference(z, { threshold: 2 }), 5);
        unrounded += 1;
      }
    });
    expect(unrounded / size).toBeGreaterThan(0.094);
    expect(unrounded / size).toBeLessThan(0.106);
  });

  it("has clip's gradient with respect to θ at elements that pass unrounded", () => {
    const z = tensor([0.3, 1.1, 3, -1]);
    const threshold = scalar(2);
    const differentiate = grads(
      (x, theta) => quantClip.train?.(x, { threshold: theta }, { levels: 4, noise: 1 }, xoroshiro128plus(1)) ?? x,
    );
    const [byInput, byThreshold] = differentiate([z, threshold], tensor([1, 1, 1, 1]));
    expect([...(byInput?.dataSync() ?? [])]).toEqual([1, 1, 0, 0]);
    expect(byThreshold?.dataSync()[0]).toBeCloseTo(1, 6);
  });
});

describe('qcfs', () => {
  it('has the values of quant-clip, and gradients that stop where the highest level begins', () => {
    const values = { threshold: 2, levels: 4 };
    for (const z of [-1, -0.25, 0, 0.6, 1.74, 1.76, 2.1, 5]) {
      expect(qcfs.reference(z, values)).toBe(quantClip.reference(z, values));
    }
    expect(qcfs.gradient?.(1.76, values)).toEqual({ z: 0, parameters: { threshold: 1 } });
    expect(quantClip.gradient?.(1.76, values).z).toBe(1);
  });
});
