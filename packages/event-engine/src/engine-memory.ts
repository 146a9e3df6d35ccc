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

/** The memory of an event engine can grow no further. What the engine has compiled and packed stays: it goes on with less. */
export class EngineMemoryFullError extends Error {
  override readonly name = 'EngineMemoryFullError';

  constructor(
    /** Bytes that were asked for. */
    readonly bytes: number,
    /** Bytes that the memory may have in all. */
    readonly limit: number,
  ) {
    super(
      `The event engine's memory is full: there is no room for another ${megabytes(bytes)} MB, and it cannot grow beyond ${megabytes(limit)} MB. ` +
        'Take fewer threads or probes, smaller images, or a smaller network.',
    );
  }
}

export interface EngineMemoryOptions {
  /** Whether other threads are to run plans in it. */
  readonly shared?: boolean;
  readonly tableBytes?: number | undefined;
  /** Bytes that it may have in all; 4 GiB unless given. */
  readonly mostBytes?: number | undefined;
}

const initialPages = 16;

export function engineMemory({
  shared = false,
  tableBytes = defaultTableBytes,
  mostBytes = 2 ** 32,
}: EngineMemoryOptions = {}): EngineMemory {
  const most = Math.max(initialPages, Math.min(2 ** 16, Math.floor(mostBytes / pageBytes)));
  const memory = kernelMemory(shared ? 'shared' : 'own', initialPages, most);
  let next = alignment;
  const constants = new Map<string, number>();
  const allocate = (bytes: number): number => {
    const address = next;
    const end = next + roomFor(bytes);
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) growBy(missing, bytes);
    // Not before: what could not be had must not be counted as handed out.
    next = end;
    return address;
  };
  function growBy(missing: number, bytes: number): void {
    try {
      memory.grow(Math.ceil(missing / pageBytes));
    } catch {
      throw new EngineMemoryFullError(bytes, most * pageBytes);
    }
  }
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

function megabytes(bytes: number): string {
  return Math.ceil(bytes / 1e6).toString();
}
