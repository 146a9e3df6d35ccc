import '@tensorflow/tfjs-backend-wasm';
import { matMul, memory, ones, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { kernelBuild, registerTrainingKernels } from '../training-kernels.js';

interface Case {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** How many products, and which side is one for all of them. */
  readonly batch: number;
  readonly shared: 'a' | 'b' | 'neither';
}

const cases: fc.Arbitrary<Case> = fc.record({
  rows: fc.integer({ min: 1, max: 37 }),
  depth: fc.oneof(fc.integer({ min: 1, max: 37 }), fc.constantFrom(256, 600)),
  columns: fc.integer({ min: 1, max: 37 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  batch: fc.integer({ min: 1, max: 3 }),
  shared: fc.constantFrom('a', 'b', 'neither'),
});

/** Multiples of 1/8 in −1 … 1, whose products and sums are exact in float32. */
const value = (i: number, seed: number): number => ((Math.imul(i + seed, 2654435761) >>> 16) % 17) / 8 - 1;

function compare({ rows, depth, columns, transposeA, transposeB, batch, shared }: Case): void {
  const shapeOf = (side: 'a' | 'b', size: readonly [number, number], transposed: boolean): number[] => [
    shared === side ? 1 : batch,
    ...(transposed ? [size[1], size[0]] : size),
  ];
  const filled = (shape: number[], seed: number): Tensor =>
    tensor(
      Float32Array.from({ length: shape.reduce((n, s) => n * s, 1) }, (_, i) => value(i, seed)),
      shape,
    );
  tidy(() => {
    const aShape = shapeOf('a', [rows, depth], transposeA);
    const bShape = shapeOf('b', [depth, columns], transposeB);
    const result = matMul(filled(aShape, 1), filled(bShape, 2), transposeA, transposeB);
    const expected = new Float32Array(batch * rows * columns);
    for (let n = 0; n < batch; n++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            const a = (shared === 'a' ? 0 : n * rows * depth) + (transposeA ? k * rows + i : i * depth + k);
            const b = (shared === 'b' ? 0 : n * depth * columns) + (transposeB ? j * depth + k : k * columns + j);
            sum += value(a, 1) * value(b, 2);
          }
          expected[(n * rows + i) * columns + j] = sum;
        }
      }
    }
    expect(result.shape).toEqual([aShape[0] === bShape[0] || shared !== 'neither' ? batch : 1, rows, columns]);
    expect(result.dataSync()).toEqual(expected);
  });
}

for (const build of ['plain', 'relaxed'] as const) {
  describe(`the ${build} matrix product`, () => {
    beforeAll(async () => {
      await setBackend('wasm');
      await registerTrainingKernels({ deterministic: build === 'plain' });
    });

    it('gives exactly the sums of a scalar reference, whichever side is transposed or shared by a batch', ({
      skip,
    }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      fc.assert(fc.property(cases, compare), { numRuns: 200, seed: 5 });
    });

    it('leaves no tensor behind', () => {
      const before = memory().numTensors;
      tidy(() => {
        matMul(ones([3, 5]), ones([3, 4]), true);
      });
      expect(memory().numTensors).toBe(before);
    });

    it('refuses sides that do not meet', () => {
      expect(() => tidy(() => matMul(ones([3, 5]), ones([3, 4])))).toThrow(/inner/i);
    });
  });
}
