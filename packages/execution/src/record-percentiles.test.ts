import type { Network } from '@rheobase/network';
import { networkBuilder } from '@rheobase/network';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { recordPercentiles } from './record-percentiles.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

function reluNetwork(): Network {
  const builder = networkBuilder();
  builder.output('y', builder.activation('relu', builder.input('x', [4]), { kind: 'relu' }));
  return builder.build();
}

describe('recordPercentiles', () => {
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
    const largest = await recordPercentiles(bound, batches, { ...options, percentile: 100 });
    expect(largest.get('relu')).toBe(8);
    const tenth = await recordPercentiles(bound, batches, { ...options, percentile: (100 * 10) / 12 });
    expect(tenth.get('relu')).toBeCloseTo(3, 2);
    expect(counts).toEqual([1, 3, 1, 3]);
    bound.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses a percentile of zero, naming the node, and no images at all', async () => {
    const bound = bind(reluNetwork());
    const batch = { images: Float32Array.from([-1, -2, -3, 4]), shape: [1, 4] };
    await expect(recordPercentiles(bound, [batch], { nodes: ['relu'], percentile: 50 })).rejects.toThrow(
      /relu: the 50th percentile of its values over 1 images is 0 \(largest: 4\)/,
    );
    await expect(recordPercentiles(bound, [], { nodes: ['relu'], percentile: 50 })).rejects.toThrow(
      /No images were given/,
    );
    bound.dispose();
  });
});
