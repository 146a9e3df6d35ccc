import { float32Parameter, networkBuilder } from '@rheobase/network';
import { randomArray, referenceForward } from '@rheobase/testing';
import { tensor } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

describe('quantize, scale and pooling without a divisor', () => {
  it('give what the reference gives', () => {
    const build = networkBuilder();
    const image = build.input('image', [4, 5, 2]);
    const step = build.parameter('step', float32Parameter('scale', [2], [0.25, 0.5]));
    const quantized = build.node({ op: 'quantize', name: 'quantized', inputs: [image], step, limit: 3 });
    const sum = build.node({
      op: 'avgPool',
      name: 'sum',
      inputs: [quantized],
      size: [3, 2],
      stride: [2, 1],
      padding: { top: 1, bottom: 1, left: 0, right: 1 },
      divisor: 'none',
    });
    const factors = randomArray(xoroshiro128plus(1), [2, 5, 2], -1, 1);
    const factor = build.parameter('factor', float32Parameter('scale', [2, 5, 2], factors));
    build.output('y', build.node({ op: 'scale', name: 'scaled', inputs: [sum], factor }));
    const network = build.build();

    const pixels = randomArray(xoroshiro128plus(2), [4, 5, 2], -2, 2);
    const bound = bind(network);
    const batch = tensor(pixels, [1, 4, 5, 2]);
    const result = bound.run(batch).outputs.get('y');
    const found = [...(result?.dataSync() ?? [])];
    for (const freed of [batch, result]) freed?.dispose();
    bound.dispose();
    const wanted = [...(referenceForward(network, pixels).get('y') ?? [])];
    expect(found.length).toBe(20);
    expect(Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))))).toBeLessThan(1e-5);
  });
});
