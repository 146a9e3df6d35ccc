import type { Network, SiteDefinition } from '@rheobase/network';
import { networkBuilder } from '@rheobase/network';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { recordChannelThresholds, recordThresholds, type ThresholdRule } from './record-thresholds.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

function siteNetwork(name: string, site: SiteDefinition): Network {
  const builder = networkBuilder();
  builder.output('y', builder.activation(name, builder.input('x', [4]), site));
  return builder.build();
}
const reluNetwork = (): Network => siteNetwork('relu', { kind: 'relu' });
const leakyNetwork = (): Network => siteNetwork('leaky', { kind: 'leaky-relu', attributes: { slope: 0.1 } });

const rules: readonly ThresholdRule[] = [
  { kind: 'percentile', percentile: 99.9 },
  { kind: 'least-squares', levels: 8 },
];

describe('recordThresholds', () => {
  it('takes the percentile over all values of all batches, zeros included, and frees every tensor', async () => {
    const before = memory().numTensors;
    const bound = bind(reluNetwork());
    const counts: number[] = [];
    const batches = [
      { images: Float32Array.from([-1, 2, -3, 4]), shape: [1, 4] },
      { images: Float32Array.from([1, -2, 3, -4, -1, -1, -1, 8]), shape: [2, 4] },
    ];
    const options = { nodes: ['relu'], onBatch: (images: number) => counts.push(images) };
    // Sorted: seven zeros, then 1, 2, 3, 4, 8.
    const largest = await recordThresholds(bound, batches, {
      ...options,
      rule: { kind: 'percentile', percentile: 100 },
    });
    expect(largest.get('relu')).toBe(8);
    const tenth = await recordThresholds(bound, batches, {
      ...options,
      rule: { kind: 'percentile', percentile: (100 * 10) / 12 },
    });
    expect(tenth.get('relu')).toBeCloseTo(3, 2);
    expect(counts).toEqual([1, 3, 1, 3]);
    bound.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses a percentile of zero, naming the node, and no images at all', async () => {
    const bound = bind(reluNetwork());
    const batch = { images: Float32Array.from([-1, -2, -3, 4]), shape: [1, 4] };
    await expect(
      recordThresholds(bound, [batch], { nodes: ['relu'], rule: { kind: 'percentile', percentile: 50 } }),
    ).rejects.toThrow(/relu: .*the 50th percentile of the magnitudes of its values over 1 images is 0 \(greatest: 4\)/);
    await expect(
      recordThresholds(bound, [], { nodes: ['relu'], rule: { kind: 'percentile', percentile: 50 } }),
    ).rejects.toThrow(/No images were given/);
    bound.dispose();
  });

  it('finds the threshold at which quantizing changes the values least', async () => {
    const bound = bind(reluNetwork());
    const images = Float32Array.from({ length: 4000 }, (_, i) => Math.abs(Math.sin(i * 12.9898)) ** 3);
    const batches = [{ images, shape: [1000, 4] }];
    for (const levels of [1, 2, 4, 8]) {
      const found = await recordThresholds(bound, batches, {
        nodes: ['relu'],
        rule: { kind: 'least-squares', levels },
      });
      const errorAt = (theta: number): number =>
        images.reduce((sum, value) => {
          const level = Math.min(Math.floor((value * levels) / theta + 0.5), levels);
          return sum + (value - (theta * level) / levels) ** 2;
        }, 0);
      const least = Math.min(...Array.from({ length: 400 }, (_, i) => errorAt(0.0025 * (i + 1))));
      expect(errorAt(found.get('relu') ?? Number.NaN)).toBeLessThan(1.01 * least);
    }
    bound.dispose();
  });

  it.each(rules)(
    'covers the negative side of a leaky site by $kind: its neuron says at most −θ a step',
    async (rule) => {
      const bound = bind(leakyNetwork());
      // Leaky values: −0.9 and −0.8 in channels that are rarely positive, 0.5 and 0.4 in the others.
      const row = [-9, 0.5, -8, 0.4];
      const images = Float32Array.from({ length: 400 }, (_, i) => (i === 0 ? 0.05 : (row[i % 4] ?? 0)));
      const batches = [{ images, shape: [100, 4] }];
      const whole = await recordThresholds(bound, batches, { nodes: ['leaky'], rule });
      expect(whole.get('leaky')).toBeGreaterThan(0.85);
      const [first = 0, , third = 0] =
        (await recordChannelThresholds(bound, batches, { nodes: ['leaky'], rule })).get('leaky') ?? [];
      expect(first).toBeGreaterThan(0.85);
      expect(third).toBeGreaterThan(0.75);
      bound.dispose();
    },
  );

  it.each(rules)('gives 0 for what is never active, by $kind', async (rule) => {
    const bound = bind(reluNetwork());
    const silent = [{ images: Float32Array.from([-1, -2, -3, -4]), shape: [1, 4] }];
    expect((await recordThresholds(bound, silent, { nodes: ['relu'], rule })).get('relu')).toBe(0);
    const partly = [{ images: Float32Array.from([1, -2, 3, -4]), shape: [1, 4] }];
    const found = (await recordChannelThresholds(bound, partly, { nodes: ['relu'], rule })).get('relu');
    expect(Array.from(found ?? [], (theta) => theta > 0)).toEqual([true, false, true, false]);
    expect(found?.[1]).toBe(0);
    bound.dispose();
  });

  it('refuses values that are not finite, naming the node', async () => {
    const bound = bind(leakyNetwork());
    for (const value of [Number.NaN, Infinity]) {
      const batch = { images: Float32Array.from([1, value, 1, 1]), shape: [1, 4] };
      const options = { nodes: ['leaky'], rule: { kind: 'percentile', percentile: 100 } } as const;
      await expect(recordThresholds(bound, [batch], options)).rejects.toThrow(/leaky: its values are not all finite/);
      await expect(recordChannelThresholds(bound, [batch], options)).rejects.toThrow(/leaky: its values are not all/);
    }
    bound.dispose();
  });
});

describe('recordChannelThresholds', () => {
  it('takes the percentile of every channel by itself, and frees every tensor', async () => {
    const before = memory().numTensors;
    const bound = bind(reluNetwork());
    const images = Float32Array.from({ length: 4000 }, (_, i) => (i % 4) * 10 + (i / 4000) * 2);
    const found = await recordChannelThresholds(bound, [{ images, shape: [1000, 4] }], {
      nodes: ['relu'],
      rule: { kind: 'percentile', percentile: 50 },
    });
    const [a = 0, b = 0, c = 0, d = 0] = found.get('relu') ?? [];
    expect(Math.abs(a - 1)).toBeLessThan(0.04);
    expect(Math.abs(b - 11)).toBeLessThan(0.4);
    expect(Math.abs(c - 21)).toBeLessThan(0.8);
    expect(Math.abs(d - 31)).toBeLessThan(1.2);
    bound.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('takes the largest value of a channel that is active too seldom for its percentile', async () => {
    const bound = bind(reluNetwork());
    const images = Float32Array.from({ length: 400 }, (_, i) => (i === 0 ? 7 : i % 4 === 0 ? 0 : 1));
    const found = await recordChannelThresholds(bound, [{ images, shape: [100, 4] }], {
      nodes: ['relu'],
      rule: { kind: 'percentile', percentile: 90 },
    });
    expect(found.get('relu')?.[0]).toBe(7);
    bound.dispose();
  });
});
