import type { SpikeKernels } from './kernel-module.js';
import { compileSpikeKernels, instantiateSpikeKernels } from './kernel-module.js';
import { bitPositions } from './layout.js';

type Data = Float32Array | Int32Array | Uint32Array | Int16Array | Int8Array | Uint16Array;

/** The kernels in their own memory, with a bump allocator. */
export interface Bench {
  readonly kernels: SpikeKernels;
  /** Address of a copy of the data. */
  put(data: Data): number;
  /** Address of that many bytes, filled with garbage. */
  room(bytes: number): number;
  floats(address: number, count: number): Float32Array;
  ints(address: number, count: number): Int32Array;
  words(address: number, count: number): Uint32Array;
  bytes(address: number, count: number): Int8Array;
  readonly bits: number;
  /** Frees everything except the table of bits. */
  clear(): void;
}

export async function bench(pages = 200): Promise<Bench> {
  const memory = new WebAssembly.Memory({ initial: pages });
  const kernels = instantiateSpikeKernels(await compileSpikeKernels(), memory);
  let next = 64;
  const room = (bytes: number): number => {
    const address = next;
    next += Math.ceil((bytes + 64) / 64) * 64;
    if (next > memory.buffer.byteLength) throw new Error('The bench is full.');
    new Uint8Array(memory.buffer, address, next - address).fill(0x5a);
    return address;
  };
  const put = (data: Data): number => {
    const address = room(data.byteLength);
    new Uint8Array(memory.buffer, address, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return address;
  };
  const bits = put(bitPositions());
  const first = next;
  return {
    kernels,
    put,
    room,
    bits,
    floats: (address, count) => new Float32Array(memory.buffer, address, count).slice(),
    ints: (address, count) => new Int32Array(memory.buffer, address, count).slice(),
    words: (address, count) => new Uint32Array(memory.buffer, address, count).slice(),
    bytes: (address, count) => new Int8Array(memory.buffer, address, count).slice(),
    clear: () => {
      next = first;
    },
  };
}
