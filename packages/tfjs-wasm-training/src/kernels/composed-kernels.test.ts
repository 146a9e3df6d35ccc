import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import { conv2d, depthwiseConv2d, engine, memory, randomNormal, ready, setBackend, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerComposedKernels } from './composed-kernels.js';
import type { ConvolutionAttributes } from './geometry.js';

type Shape4 = [number, number, number, number];

interface Case {
  readonly count: number;
  readonly image: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly channels: number;
  readonly filters: number;
  readonly stride: readonly [number, number];
  readonly pad: readonly [number, number, number, number];
}

const cases = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    image: fc.tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 9 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    channels: fc.integer({ min: 1, max: 5 }),
    filters: fc.integer({ min: 1, max: 5 }),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
  })
  .filter(({ kernel, pad }) => pad[0] < kernel[0] + 1 && pad[2] < kernel[1] + 1);

beforeAll(() => registerComposedKernels());

async function onBackend(name: string, compute: () => Tensor): Promise<Float32Array> {
  await setBackend(name);
  await ready();
  const result = tidy(compute);
  const data = Float32Array.from(result.dataSync());
  result.dispose();
  return data;
}

function worst(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

function attributesOf({ stride, pad }: Case): ConvolutionAttributes {
  return {
    strides: [...stride],
    pad: [
      [0, 0],
      [pad[0], pad[1]],
      [pad[2], pad[3]],
      [0, 0],
    ],
    dilations: 1,
  };
}

async function compare(given: Case, kind: 'full' | 'depthwise', part: 'Input' | 'Filter'): Promise<number> {
  const attributes = attributesOf(given);
  const xShape: Shape4 = [given.count, ...given.image, given.channels];
  const filterShape: Shape4 = [
    ...given.kernel,
    given.channels,
    kind === 'full' ? given.filters : (given.filters % 3) + 1,
  ];
  const kernel = `${kind === 'full' ? 'Conv2D' : 'DepthwiseConv2dNative'}Backprop${part}`;
  const compute = (): Tensor => {
    const x = randomNormal<Rank.R4>(xShape, 0, 1, 'float32', 1);
    const filter = randomNormal<Rank.R4>(filterShape, 0, 1, 'float32', 2);
    const { pad } = attributes;
    if (typeof pad === 'number' || typeof pad === 'string') throw new Error('explicit padding expected');
    const forward = kind === 'full' ? conv2d : depthwiseConv2d;
    const padding: [[0, 0], [number, number], [number, number], [0, 0]] = [[0, 0], pad[1], pad[2], [0, 0]];
    const dy = randomNormal(forward(x, filter, [...given.stride], padding).shape, 0, 1, 'float32', 3);
    const inputs = part === 'Input' ? { dy, filter } : { x, dy };
    return engine().runKernel(
      kernel,
      inputs as never,
      {
        ...attributes,
        dataFormat: 'NHWC',
        inputShape: xShape,
        filterShape,
      } as never,
    ) as Tensor;
  };
  return worst(await onBackend('wasm', compute), await onBackend('cpu', compute));
}

describe('composed kernels', () => {
  for (const kind of ['full', 'depthwise'] as const) {
    for (const part of ['Input', 'Filter'] as const) {
      it(`equal tfjs-backend-cpu in the ${part.toLowerCase()} gradient of a ${kind} convolution, over strides, paddings and odd channels`, async () => {
        await fc.assert(
          fc.asyncProperty(cases, async (given) => {
            expect(await compare(given, kind, part)).toBeLessThan(2e-4);
          }),
          { numRuns: 60, seed: 7 },
        );
      });
    }
  }

  it('leave no tensor behind', async () => {
    await setBackend('wasm');
    const before = memory().numTensors;
    await compare(
      { count: 2, image: [7, 6], kernel: [3, 3], channels: 3, filters: 4, stride: [2, 2], pad: [1, 0, 1, 0] },
      'full',
      'Filter',
    );
    expect(memory().numTensors).toBe(before);
  });
});
