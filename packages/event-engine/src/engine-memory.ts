import type { KernelMemory } from '@rheobase/spike-kernels';
import { bitPositions, kernelMemory } from '@rheobase/spike-kernels';
import type { ConstantKey } from './constant-key.js';
import { keyText } from './constant-key.js';

const pageBytes = 65_536;
const alignment = 64;
/** Kernels read and write up to a vector of eight words behind what counts. */
const slack = 64;
const nothing = 0;

type Data = Float32Array | Int32Array | Int16Array | Int8Array | Uint16Array;

/** The memory that plans run in. Constants and workspaces are handed out one behind the other, and never taken back. */
export interface EngineMemory {
  readonly memory: KernelMemory;
  /** Address of the table that event lists are made with. */
  readonly bits: number;
  /** Address of so many bytes. */
  allocate(bytes: number): number;
  /** Bytes up to which a layer's weights are kept as tables of sums. */
  readonly tableBytes: number;
  /** The address of constants that hold no data. */
  readonly nothing: number;
  /** Address of a copy of the data; the same one whenever the key is the same. */
  constant(key: ConstantKey, make: () => Data): number;
}

/** Bytes to keep for a buffer, with the room that kernels may touch behind it. */
export function roomFor(bytes: number): number {
  return Math.ceil((bytes + slack) / alignment) * alignment;
}

/**
 * Bytes up to which tables of sums are faster than event lists, wherever neurons fire at the usual rates: what the second-level cache
 * holds of one layer beside everything else.
 */
const defaultTableBytes = 640 * 1024;

/** @param shared whether other threads are to run plans in it */
export function engineMemory(shared: boolean, tableBytes = defaultTableBytes): EngineMemory {
  const memory = kernelMemory(shared ? 'shared' : 'own', 16);
  let next = alignment;
  const constants = new Map<string, number>();
  const allocate = (bytes: number): number => {
    const address = next;
    next += roomFor(bytes);
    const missing = next - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return address;
  };
  const constant = (constantKey: ConstantKey, make: () => Data): number => {
    const key = keyText(constantKey);
    const known = constants.get(key);
    if (known !== undefined) return known;
    const data = make();
    if (data.byteLength === 0) {
      constants.set(key, nothing);
      return nothing;
    }
    const address = allocate(data.byteLength);
    new Uint8Array(memory.buffer, address, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    constants.set(key, address);
    return address;
  };
  return { memory, allocate, constant, tableBytes, nothing, bits: constant(['bit positions'], bitPositions) };
}
