import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import '@tensorflow/tfjs-backend-wasm';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  benchmarkCases,
  type ConvolutionCase,
  convolutionKernelCases,
  denseKernelCases,
  productKernelCases,
} from './kernel-cases.js';
import { measureKernels } from './measure-kernels.js';

beforeAll(async () => {
  await setBackend('wasm');
});

const convolution: ConvolutionCase = {
  images: 2,
  size: [7, 6],
  channels: 4,
  filters: 6,
  kernel: [3, 2],
  stride: [2, 1],
  padding: { top: 1, bottom: 0, left: 0, right: 1 },
};

describe('the cases of the kernel benchmark', () => {
  it('count two operations for each product of a weight and a value', () => {
    // 3×6 positions of 2 images, 6 filters, windows of 3×2×4.
    for (const { operations } of convolutionKernelCases(convolution)) {
      expect(operations).toBe(2 * 2 * 3 * 6 * 6 * 24);
    }
    expect(convolutionKernelCases({ ...convolution, groups: 2 })[0]?.operations).toBe(2 * 2 * 3 * 6 * 6 * 12);
    for (const { operations } of denseKernelCases(5, 3, 7)) expect(operations).toBe(2 * 5 * 3 * 7);
    for (const { operations } of productKernelCases({ rows: 5, depth: 3, columns: 7 })) expect(operations).toBe(210);
  });

  it('say stride, dilation and groups where there are any', () => {
    const shape = (more: Partial<ConvolutionCase>): string | undefined =>
      convolutionKernelCases({ ...convolution, ...more })[0]?.shape;
    expect(shape({ stride: [1, 1] })).toBe('[2, 7, 6, 4] × [3, 2, 4, 6]');
    expect(shape({ stride: [2, 2], dilation: [2, 1] })).toBe('[2, 7, 6, 4] × [3, 2, 4, 6] / 2 dilated 2×1');
    expect(shape({ stride: [1, 1], groups: 2 })).toBe('[2, 7, 6, 4] × [3, 2, 2, 6] in 2 groups');
    expect(shape({ stride: [1, 1], groups: 4, filters: 8 })).toBe('[2, 7, 6, 4] × [3, 2, 4, 2]');
  });

  it('are of kernels that stand for layers of a ResNet, a VGG and a MobileNet, unless others are given', () => {
    expect(benchmarkCases.map(({ kernel }) => kernel)).toEqual(
      expect.arrayContaining(['Conv2D', 'Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'BatchMatMul']),
    );
  });
});

describe('measureKernels', () => {
  it('measures everyone who has a kernel, in turns, and leaves no tensor', async () => {
    const before = memory().numTensors;
    const told: (readonly [string, number, number])[] = [];
    const measurements = await measureKernels({
      cases: [
        ...convolutionKernelCases(convolution),
        ...convolutionKernelCases({ ...convolution, groups: 2 }),
        ...denseKernelCases(4, 5, 6),
      ],
      rounds: 2,
      onMeasurement: ({ kernel }, done, total) => told.push([kernel, done, total]),
    });
    expect(memory().numTensors).toBe(before);
    expect(told.at(-1)).toEqual(['BatchMatMul', 9, 9]);
    const who = measurements.map(({ kernel, gigaflops }) => [kernel, Object.keys(gigaflops).join(' ')]);
    expect(who).toEqual([
      ['Conv2D', 'stock plain relaxed winograd'],
      ['Conv2DBackpropInput', 'stock composed plain relaxed winograd'],
      ['Conv2DBackpropFilter', 'composed plain relaxed winograd'],
      ['RheobaseGroupedConv2D', 'plain relaxed winograd'],
      ['RheobaseGroupedConv2DBackpropInput', 'plain relaxed winograd'],
      ['RheobaseGroupedConv2DBackpropFilter', 'plain relaxed winograd'],
      ['BatchMatMul', 'stock plain relaxed'],
      ['BatchMatMul', 'stock plain relaxed'],
      ['BatchMatMul', 'stock plain relaxed'],
    ]);
    for (const { gigaflops, medianGigaflops } of measurements) {
      for (const [contender, fastest] of Object.entries(gigaflops)) {
        const median = Object.entries(medianGigaflops).find(([name]) => name === contender)?.[1] ?? Number.NaN;
        expect(median).toBeGreaterThan(0);
        expect(fastest).toBeGreaterThanOrEqual(median);
      }
    }
  });

  it('names a kernel that nobody has', async () => {
    const [known] = denseKernelCases(1, 1, 1);
    if (known === undefined) throw new Error('There is no such case.');
    await expect(measureKernels({ cases: [{ ...known, kernel: 'Nonsense' }] })).rejects.toThrow(
      'Neither tfjs nor this project has a kernel named "Nonsense".',
    );
  });

  it("refuses a process in which tfjs' own kernels cannot be found any more", async () => {
    await registerTrainingKernels({ deterministic: true });
    await expect(measureKernels()).rejects.toThrow('measure in a process that has not registered them');
  });
});
