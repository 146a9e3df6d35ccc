import { backend } from '@tensorflow/tfjs-core';
import { heapOf, isWasmBackend } from './native/heap.js';
import { type HeapGuard, HeapFullError } from './native/heap-guard.js';

export { HeapFullError };

/**
 * Makes tfjs' wasm backend throw a `HeapFullError` where its memory has no room for a tensor, in place of writing it over others. Does nothing
 * the second time, and nothing where the current backend is another one.
 */
export function guardTensorMemory(): void {
  guard();
}

/** Bytes that the tensors of the current backend may take in all; undefined where it is not tfjs-backend-wasm, and nobody knows. */
export function tensorMemoryLimit(): number | undefined {
  return guard()?.limit;
}

/**
 * Limits the memory of tfjs' wasm backend; default: 4 GiB. It keeps what it already has.
 *
 * @throws if the number is not positive, or the current backend is another one.
 */
export function limitTensorMemory(bytes: number): void {
  if (!(bytes > 0)) throw new Error(`A limit of tensor memory must be a positive number of bytes, not ${bytes}.`);
  heapOf(backend()).guard.setLimit(bytes);
}

/**
 * Makes sure that a kernel of tfjs can allocate a number of bytes for itself, such as a copy of its weights: if it cannot, tfjs warns and
 * leaves the result unwritten.
 *
 * @throws {HeapFullError} if there is no room for them.
 */
export function requireTensorMemory(bytes: number): void {
  guard()?.requireRoom(bytes);
}

/**
 * Whether an error says that there is no memory left: `refused` before anything was written, so that the backend keeps working; `crashed` in the
 * middle of its own code, which may leave it damaged.
 */
export function memoryFailure(error: unknown): 'refused' | 'crashed' | undefined {
  if (error instanceof HeapFullError) return 'refused';
  if (error instanceof RangeError && /allocation failed|Invalid typed array length/i.test(error.message))
    return 'refused';
  if (error instanceof WebAssembly.RuntimeError && /out of bounds|Aborted/.test(error.message)) return 'crashed';
  return undefined;
}

function guard(): HeapGuard | undefined {
  const current = backend();
  return isWasmBackend(current) ? heapOf(current).guard : undefined;
}
