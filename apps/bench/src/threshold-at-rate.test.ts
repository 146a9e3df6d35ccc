import { firingStatistics } from '@rheobase/analysis';
import { eventEngine } from '@rheobase/event-engine';
import { startTensorBackend } from '@rheobase/execution';
import { glyphNet, resnet20 } from '@rheobase/models';
import type { ImageBatch, Network } from '@rheobase/network';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeUpImages } from './made-up-images.js';
import { spikingAtRate } from './threshold-at-rate.js';

beforeAll(() => startTensorBackend());

async function ratesOf(
  network: Network,
  { images: data, shape }: ImageBatch,
  steps: number,
): Promise<readonly number[]> {
  const statistics = firingStatistics(network);
  const engine = await eventEngine(network);
  statistics.add(engine.simulate({ shape, images: data }, { steps, probes: statistics.probes }), shape[0] ?? 0);
  return statistics.summary().layers.map(({ rate }) => rate[steps - 1] ?? 0);
}

describe('spikingAtRate', () => {
  it('lets every layer of a residual network fire at the rate that is wanted, ± 2 %', async () => {
    const images = madeUpImages(4, [32, 32, 3]);
    const before = memory().numTensors;
    const network = spikingAtRate(resnet20({ seed: 0 }), images, { rate: 0.15, steps: 4 });
    expect(memory().numTensors).toBe(before);
    const rates = await ratesOf(network, images, 4);
    expect(rates).toHaveLength(19);
    for (const rate of rates) expect(Math.abs(rate - 0.15)).toBeLessThan(0.02 * 0.15);
  }, 60_000);

  it('lets it fire at a low rate, over other steps', async () => {
    const images = madeUpImages(4, [32, 32, 3]);
    const network = spikingAtRate(glyphNet({ seed: 1 }), images, { rate: 0.02, steps: 7 });
    for (const rate of await ratesOf(network, images, 7)) expect(Math.abs(rate - 0.02)).toBeLessThan(0.002);
  }, 60_000);

  it('names a layer that cannot fire so often', () => {
    const images = madeUpImages(2, [32, 32, 3]);
    expect(() => spikingAtRate(glyphNet({ seed: 1 }), images, { rate: 0.9, steps: 4 })).toThrow(
      /^stage1\.relu1: at most .* % of its neurons fire .* 90\.0 % are wanted/,
    );
  }, 60_000);
});
