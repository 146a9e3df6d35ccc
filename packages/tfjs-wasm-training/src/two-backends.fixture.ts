import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { Tensor } from '@tensorflow/tfjs-core';
import { backend, memory, ready, setBackend, tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { heapOf } from './native/heap.js';
import { registerTrainingKernels } from './training-kernels.js';

/** Makes the wasm backend, with all kernels, the current one. */
export async function startKernels(): Promise<void> {
  await setBackend('wasm');
  await ready();
  await registerTrainingKernels();
}

/** `count` values from −1 to 1, determined by a seed: a Weyl sequence through an integer hash. */
export function randomValues(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let x = Math.imul(seed ^ 0x5bd1e995, 0x7feb352d) + Math.imul(i + 1, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (x ^ (x >>> 16)) / 2 ** 31;
  });
}

export function randomTensor(shape: readonly number[], seed: number): Tensor {
  return tensor(
    randomValues(
      shape.reduce((product, length) => product * length, 1),
      seed,
    ),
    [...shape],
  );
}

/** What `compute` gives on a backend; on `cpu` nothing but compositions is registered. */
export function valuesOn(name: 'cpu' | 'wasm', compute: () => readonly Tensor[]): readonly Float32Array[] {
  setBackend(name);
  try {
    const before = memory().numTensors;
    const results = compute();
    const values = results.map((result) => Float32Array.from(result.dataSync()));
    for (const result of results) result.dispose();
    expect(memory().numTensors, 'tensors left behind').toBe(before);
    return values;
  } finally {
    setBackend('wasm');
  }
}

/** Fails unless all values agree to `tolerance`, absolutely up to 1 and relatively above. */
export function expectAgreement(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [got, wanted] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    const difference = Math.abs(got - wanted);
    if (!(difference <= tolerance * Math.max(1, Math.abs(wanted)))) {
      expect.fail(`${what}: value ${i} is ${got}, not ${wanted}`);
    }
  }
}

/** Fails if running `compute` a hundred times leaves tensors, or makes the heap larger than once did. */
export function expectNoGrowth(compute: () => readonly Tensor[]): void {
  const once = (): void => {
    for (const result of compute()) result.dispose();
  };
  const heap = (): number => heapOf(backend()).memory.buffer.byteLength;
  once();
  const before = { tensors: memory().numTensors, heap: heap() };
  for (let i = 0; i < 100; i++) once();
  expect({ tensors: memory().numTensors, heap: heap() }).toEqual(before);
}

/** ∂f/∂x_i by central differences, in float64. */
export function derivative(f: (x: readonly number[]) => number, x: ArrayLike<number>, i: number): number {
  const h = 1e-6;
  const moved = (by: number): readonly number[] => Array.from(x, (value, k) => (k === i ? value + by : value));
  return (f(moved(h)) - f(moved(-h))) / (2 * h);
}
