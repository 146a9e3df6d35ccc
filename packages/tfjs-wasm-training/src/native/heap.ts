import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { guardHeap, type HeapGuard } from './heap-guard.js';

/** What tfjs-backend-wasm 4.22.0 keeps to itself and a second module in its heap needs; hence the exact peer version. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory?: WebAssembly.Memory };
    /** Of the threaded build, which imports its memory where the others export theirs. */
    readonly wasmMemory?: WebAssembly.Memory;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  incRef(dataId: object): void;
}

/** tfjs' WebAssembly heap, as kernels of another module use it. Addresses are in bytes. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  readonly guard: HeapGuard;
  /** Where a tensor's values are. They stay there until it is disposed, even when the heap grows. */
  address(tensor: TensorInfo): number;
  /** A new tensor, its values not yet written. */
  output(shape: readonly number[], dtype?: 'float32' | 'int32'): TensorInfo;
  /** The same values under another handle: nothing is copied. */
  share(tensor: TensorInfo): TensorInfo;
  /**
   * Lends memory, on a boundary of 64 bytes, and takes it back when `use` returns or throws.
   *
   * @throws {HeapFullError} if the heap cannot grow that far.
   */
  withScratch<T>(bytes: number, use: (address: number) => T): T;
}

/** Whether it is tfjs-backend-wasm, whose private fields are used. */
export function isWasmBackend(backend: unknown): backend is WasmBackend {
  if (typeof backend !== 'object' || backend === null || !('wasm' in backend)) return false;
  const { wasm } = backend;
  return typeof wasm === 'object' && wasm !== null && 'asm' in wasm && '_malloc' in wasm;
}

function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory | undefined {
  return [wasm.asm.memory, wasm.wasmMemory].find((memory) => memory instanceof WebAssembly.Memory);
}

const heaps = new WeakMap<object, Heap>();

/**
 * The heap of tfjs' WebAssembly backend.
 *
 * @throws if the backend is another one, or not laid out as that of tfjs-backend-wasm 4.22.0.
 */
export function heapOf(backend: KernelBackend): Heap {
  const known = heaps.get(backend);
  if (known !== undefined) return known;
  const candidate: unknown = backend;
  const own = isWasmBackend(candidate) ? candidate : undefined;
  const memory = own && memoryOf(own);
  if (own === undefined || memory === undefined) {
    throw new Error(
      'The training kernels share the heap of @tensorflow/tfjs-backend-wasm 4.22.0, but the current backend has none. ' +
        "Call tf.setBackend('wasm') and await it first.",
    );
  }
  const heap = makeHeap(own, memory);
  heaps.set(backend, heap);
  return heap;
}

function makeHeap(backend: WasmBackend, memory: WebAssembly.Memory): Heap {
  const guard = guardHeap(backend.wasm, memory);
  const { _malloc: allocate, _free: release } = backend.wasm;
  return {
    memory,
    guard,
    address: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset,
    output: (shape, dtype = 'float32') => backend.makeOutput([...shape], dtype),
    share: ({ dataId, shape, dtype }) => {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
    withScratch: (bytes, use) => {
      // Emscripten aligns to 8 or 16 bytes, a cache line is 64. Addresses above 2 GiB come back negative.
      const block = allocate(bytes + 63) >>> 0;
      try {
        return use(Math.ceil(block / 64) * 64);
      } finally {
        release(block);
      }
    },
  };
}
