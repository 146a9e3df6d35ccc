import '@tensorflow/tfjs-backend-wasm';
import { backend, memory, ready, setBackend, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { heapOf } from './native/heap.js';
import {
  guardTensorMemory,
  HeapFullError,
  limitTensorMemory,
  memoryFailure,
  requireTensorMemory,
  tensorMemoryLimit,
} from './tensor-memory.js';

const megabyte = 2 ** 20;

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
  guardTensorMemory();
});
afterEach(() => limitTensorMemory(2 ** 32));

function bytes(): number {
  return heapOf(backend()).memory.buffer.byteLength;
}

describe("the guard of tfjs' memory", () => {
  it('refuses a tensor that does not fit before anything is written, and still takes those that do', () => {
    const known = tensor1d([1, 2, 3]);
    limitTensorMemory(bytes() + 48 * megabyte);
    const tensors = memory().numTensors;
    for (const size of [16 * megabyte, 64 * megabyte]) {
      expect(() => zeros([size])).toThrow(HeapFullError);
    }
    expect(memory().numTensors).toBe(tensors);
    expect(Array.from(known.dataSync())).toEqual([1, 2, 3]);
    const small = zeros([1000]);
    expect(small.dataSync()).toEqual(new Float32Array(1000));
    small.dispose();
    known.dispose();
  });

  it('refuses what goes beyond a limit, and gives the same once the limit is higher', () => {
    limitTensorMemory(bytes() + 48 * megabyte);
    const size = 16 * megabyte;
    expect(() => zeros([size])).toThrow(
      /no room for another 68 MB, and it cannot grow beyond \d+ MB\. Take a smaller batch/,
    );
    limitTensorMemory(2 ** 32);
    const large = zeros([size]);
    expect(large.size).toBe(size);
    large.dispose();
  });

  it('tells whether a kernel can take room of its own', () => {
    expect(() => requireTensorMemory(megabyte)).not.toThrow();
    expect(() => requireTensorMemory(2 ** 32)).toThrow(HeapFullError);
    limitTensorMemory(1);
    expect(tensorMemoryLimit()).toBe(1);
    expect(() => requireTensorMemory(2 ** 31)).toThrow(HeapFullError);
    expect(() => limitTensorMemory(0)).toThrow(/positive number of bytes, not 0/);
  });

  it('knows the errors that say that memory is at its end', () => {
    expect(memoryFailure(new HeapFullError(1, 2))).toBe('refused');
    expect(memoryFailure(new RangeError('Array buffer allocation failed'))).toBe('refused');
    expect(memoryFailure(new WebAssembly.RuntimeError('memory access out of bounds'))).toBe('crashed');
    expect(memoryFailure(new WebAssembly.RuntimeError('Aborted(). Build with -sASSERTIONS for more info.'))).toBe(
      'crashed',
    );
    expect(memoryFailure(new Error('Out of memory?'))).toBeUndefined();
  });
});
