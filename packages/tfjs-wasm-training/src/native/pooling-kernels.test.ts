import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { avgPool, engine, grads, maxPool, mul, sum, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { globalAveragePool } from '../global-average-pool.js';
import { avgPoolGradient, maxPoolGradient } from '../kernels/pooling-gradients.js';
import { subsample } from '../subsample.js';
import {
  derivative,
  expectAgreement,
  expectNoGrowth,
  randomTensor,
  startKernels,
  valuesOn,
} from '../two-backends.fixture.js';

beforeAll(startKernels);

const images = fc.record({
  count: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  channels: fc.integer({ min: 1, max: 37 }),
  seed: fc.nat(),
});
const windows = fc.record({
  size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  pad: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1)),
});

type Padding = [[number, number], [number, number], [number, number], [number, number]];

function gradientOf(f: (x: Tensor4D) => Tensor, x: Tensor4D, weights: (y: Tensor) => Tensor): Tensor[] {
  return grads((input: Tensor) => {
    const y = f(input as Tensor4D);
    return sum(mul(y, weights(y)));
  })([x]);
}

describe('the gradients of pooling', () => {
  it('equal their compositions, over windows, strides, paddings and odd channels', () => {
    fc.assert(
      fc.property(images, windows, ({ count, height, width, channels, seed }, { size, stride, pad }) => {
        fc.pre(pad[0] < size[0] && pad[1] < size[0] && pad[2] < size[1] && pad[3] < size[1]);
        const padding: Padding = [
          [0, 0],
          [pad[0], pad[1]],
          [pad[2], pad[3]],
          [0, 0],
        ];
        const attributes = { filterSize: size, strides: stride, pad: padding, dimRoundingMode: 'floor' as const };
        const x = randomTensor([count, height, width, channels], seed) as Tensor4D;
        const max = maxPool(x, size, stride, padding, 'floor');
        const average = avgPool(x, size, stride, padding, 'floor');
        const dy = randomTensor(max.shape, seed + 1) as Tensor4D;
        // Untyped in tfjs: any kernel's inputs and attributes.
        const run = (name: string, inputs: Record<string, Tensor>): Tensor =>
          engine().runKernel(name, inputs, attributes as never);
        const native = valuesOn('wasm', () => [
          run('MaxPoolGrad', { dy, input: x, output: max }),
          run('AvgPoolGrad', { dy, input: x, output: average }),
        ]);
        const composed = valuesOn('wasm', () => [
          maxPoolGradient(dy, x, max, attributes),
          avgPoolGradient(dy, x.shape, attributes),
        ]);
        expectAgreement(native[0] ?? [], composed[0] ?? [], 1e-6, 'max pooling');
        expectAgreement(native[1] ?? [], composed[1] ?? [], 1e-5, 'average pooling');
        for (const own of [x, max, average, dy]) own.dispose();
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});

describe('global average pooling and taking every n-th pixel', () => {
  it('equal their compositions, forward and backward', () => {
    fc.assert(
      fc.property(
        images,
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        ({ count, height, width, channels, seed }, stride) => {
          const compute = () =>
            tidy(() => {
              const x = randomTensor([count, height, width, channels], seed) as Tensor4D;
              const weights = (y: Tensor): Tensor => randomTensor(y.shape, seed + 1);
              return [globalAveragePool, (input: Tensor4D) => subsample(input, stride)].flatMap((f) => [
                f(x),
                ...gradientOf(f, x, weights),
              ]);
            });
          const [native, composed] = [valuesOn('wasm', compute), valuesOn('cpu', compute)];
          for (const [i, expected] of composed.entries())
            expectAgreement(native[i] ?? [], expected, 1e-6, `result ${i}`);
        },
      ),
      { seed: 7, numRuns: 50 },
    );
  });

  it('have the gradients that central differences in float64 give', () => {
    const shape = [2, 3, 5, 3] as const;
    const x = randomTensor(shape, 1) as Tensor4D;
    const weights = randomTensor([2, 3], 2);
    const [w, data] = [weights.dataSync(), x.dataSync()];
    const loss = (values: readonly number[]): number =>
      values.reduce((total, value, i) => total + (value / 15) * (w[Math.floor(i / 45) * 3 + (i % 3)] ?? 0), 0);
    const [actual] = valuesOn('wasm', () => gradientOf(globalAveragePool, x, () => weights));
    expectAgreement(
      actual ?? [],
      Array.from(data, (_, i) => derivative(loss, data, i)),
      1e-6,
      'dx',
    );
    x.dispose();
    weights.dispose();
  });

  it('leave no tensor behind, and the heap as large as it was', () => {
    const x = randomTensor([2, 8, 8, 5], 1) as Tensor4D;
    for (const f of [
      globalAveragePool,
      (input: Tensor4D) => subsample(input, [2, 2]),
      (input: Tensor4D) => maxPool(input, 2, 2, 'valid'),
      (input: Tensor4D) => avgPool(input, 2, 2, 'valid'),
    ]) {
      expectNoGrowth(() => tidy(() => gradientOf(f, x, (y) => randomTensor(y.shape, 3))));
    }
    x.dispose();
  });
});
