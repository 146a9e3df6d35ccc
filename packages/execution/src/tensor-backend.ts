import { guardTensorMemory } from '@rheobase/tfjs-wasm-training';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { getBackend, ready, setBackend } from '@tensorflow/tfjs-core';

/**
 * Activates tfjs' WebAssembly backend, and makes it report when its memory is full (see `HeapFullError`). Call it once before binding a network;
 * further calls have no effect.
 *
 * @param wasmFolder URL of the folder with tfjs-backend-wasm's `.wasm` files, with a trailing slash; needed only if the package does not find them
 *   itself (a page that hosts them elsewhere)
 * @throws if the backend does not start.
 */
export async function startTensorBackend(wasmFolder?: string): Promise<void> {
  if (getBackend() === 'wasm') {
    guardTensorMemory();
    return;
  }
  if (wasmFolder !== undefined) setWasmPaths(wasmFolder);
  const started = await setBackend('wasm');
  await ready();
  if (!started) {
    throw new Error(
      "tfjs' wasm backend did not start. In a page, pass the folder that serves tfjs-backend-wasm.wasm and its SIMD variants.",
    );
  }
  guardTensorMemory();
}
