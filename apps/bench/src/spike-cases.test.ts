import { firingStatistics } from '@rheobase/analysis';
import { convert } from '@rheobase/converter';
import { eventEngine } from '@rheobase/event-engine';
import { clipSites, resnet20 } from '@rheobase/models';
import { describe, expect, it } from 'vitest';
import { madeUpImages } from './made-up-images.js';
import { additionsOf, densityOf } from './measure-spike-kernels.js';
import { randomCases, realCases } from './spike-cases.js';

describe('randomCases', () => {
  it('are of the densities 1, 5, 10, 20 and 50 %, for layers of 16 to 512 channels', () => {
    const cases = randomCases(4);
    expect(new Set(cases.map(({ shape }) => shape.channels.count))).toEqual(new Set([16, 32, 64, 256, 512]));
    [0.01, 0.05, 0.1, 0.2, 0.5].forEach((density, k) => {
      for (let i = k; i < cases.length; i += 5) {
        const given = cases[i];
        expect(Math.abs((given ? densityOf(given) : 0) / density - 1)).toBeLessThan(0.15);
      }
    });
  });
});

describe('realCases', () => {
  it('are the layers that read neurons, on the spikes of one image: together they add what analysis counts', async () => {
    const { network } = convert(resnet20({ seed: 0, activation: clipSites(1) }));
    const images = madeUpImages(2, [32, 32, 3]);
    const cases = await realCases(network, images, 3);
    expect(cases).toHaveLength(18);
    expect(cases[0]?.layer).toMatch(/32×32×16 → 16$/);

    const one = { shape: [1, 32, 32, 3], images: images.images.slice(0, 32 * 32 * 3) };
    const statistics = firingStatistics(network);
    statistics.add((await eventEngine(network)).simulate(one, { steps: 3, probes: statistics.probes }), 1);
    const { operations, layers } = statistics.summary();
    const additions = cases.reduce((sum, given) => sum + additionsOf(given), 0);
    expect(additions).toBeGreaterThan(0);
    // Shortcuts are connections too, but add no weights.
    expect(additions).toBeLessThanOrEqual(operations.hidden.at(-1) ?? 0);
    expect(additions).toBeGreaterThan(0.97 * (operations.hidden.at(-1) ?? 0));
    expect(cases.map(densityOf)[0]).toBeCloseTo(layers[0]?.rate.at(-1) ?? 0, 6);
  }, 30_000);
});
