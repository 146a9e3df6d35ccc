import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { randomBetween } from '@rheobase/testing';
import { grad, memory, tensor, tidy } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultCalibrationLosses } from './default-calibration-losses.js';
import { klDivergence } from './kl-divergence.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const [images, size] = [3, 8];

function example(seed: number): { readonly output: number[][]; readonly target: number[][] } {
  const random = xoroshiro128plus(seed);
  const rows = () =>
    Array.from({ length: images }, () => Array.from({ length: size }, () => Math.fround(randomBetween(random, 0, 2))));
  return { output: rows(), target: rows() };
}

describe.each(defaultCalibrationLosses.names)('the loss %s', (name) => {
  const loss = defaultCalibrationLosses.get(name);
  const { output, target } = example(3);
  const reference = (rows: readonly (readonly number[])[]): number =>
    rows.reduce((sum, row, i) => sum + loss.reference(row, target[i] ?? []), 0) / images;

  it('is the mean over images of its float64 reference', () => {
    const value = tidy(() => loss.evaluate(tensor(output), tensor(target)).dataSync());
    expect(value[0]).toBeCloseTo(reference(output), 6);
  });

  it('has the gradient of its reference, and leaves no tensor', () => {
    const before = memory().numTensors;
    const gradient = tidy(() =>
      grad((x) => loss.evaluate(x, tensor(target)))(tensor(output))
        .dataSync<'float32'>()
        .slice(),
    );
    expect(memory().numTensors).toBe(before);
    const step = 1e-5;
    for (let image = 0; image < images; image++) {
      for (let i = 0; i < size; i++) {
        const at = (delta: number) =>
          reference(output.map((row, n) => row.map((x, j) => (n === image && j === i ? x + delta : x))));
        expect(gradient[image * size + i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 6);
      }
    }
  });

  it('takes values of any shape, flattened', () => {
    const shaped = tidy(() => {
      const [x, y] = [tensor(output.flat(), [images, 2, 2, 2]), tensor(target.flat(), [images, 2, 2, 2])];
      return { value: loss.evaluate(x, y).dataSync()[0], shape: grad((z) => loss.evaluate(z, y))(x).shape };
    });
    expect(shaped.value).toBeCloseTo(reference(output), 6);
    expect(shaped.shape).toEqual([images, 2, 2, 2]);
  });

  it('is least at the target', () => {
    expect(reference(target)).toBeLessThan(1e-9);
    expect(reference(output)).toBeGreaterThan(0);
  });

  it('is finite where a layer is silent', () => {
    const value = tidy(
      () => loss.evaluate(tensor(output.map((row) => row.map(() => 0))), tensor(target)).dataSync()[0],
    );
    expect(Number.isFinite(value)).toBe(true);
  });
});

describe('the KL divergence', () => {
  it('by element is that by batch over the elements', () => {
    const [output, target] = [
      [1, 2, 0.5],
      [0, 1, 1],
    ];
    expect(klDivergence('element').reference(output, target)).toBeCloseTo(
      klDivergence('batch').reference(output, target) / 3,
      12,
    );
  });
});
