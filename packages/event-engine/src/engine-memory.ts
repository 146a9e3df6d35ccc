import type { KernelMemory } from '@rheobase/spike-kernels';
import { bitPositions, kernelMemory } from '@rheobase/spike-kernels';
import type { ConstantKey } from './constant-key.js';
import { keyText } from './constant-key.js';

const pageBytes = 65_536;
const alignment = 64;
/** Kernels read and write up to a vector of eight words past the end of the data. */
const slack = 64;
const nothing = 0;

type Data = Float32Array | Int32Array | Int16Array | Int8Array | Uint16Array;

/** The memory that plans run in. Constants and workspaces are allocated consecutively and never freed. */
export interface EngineMemory {
  readonly memory: KernelMemory;
  /** Address of the table for building event lists. */
  readonly bits: number;
  /** Allocates bytes and returns their address. */
  allocate(bytes: number): number;
  /** Greatest size of a layer's weights as tables of sums. */
  readonly tableBytes: number;
  /** The address of empty constants. */
  readonly nothing: number;
  /** Address of a copy of the data; the same for the same key. */
  constant(key: ConstantKey, make: () => Data): number;
}

/** Bytes to reserve for a buffer, including those that kernels may touch after its end. */
export function roomFor(bytes: number): number {
  return Math.ceil((bytes + slack) / alignment) * alignment;
}

/** Greatest size at which tables of sums are faster than event lists at usual firing rates: a layer's share of the second-level cache. */
const defaultTableBytes = 640 * 1024;

/** The memory of an event engine cannot grow further. The engine stays usable for smaller calls: what it has compiled and packed is kept. */
export class EngineMemoryFullError extends Error {
  override readonly name = 'EngineMemoryFullError';

  constructor(
    /** Requested bytes. */
    readonly bytes: number,
    /** Most bytes that the memory may have. */
    readonly limit: number,
  ) {
    super(
      `The event engine's memory is full: there is no room for another ${megabytes(bytes)} MB, and it cannot grow beyond ${megabytes(limit)} MB. ` +
        'Take fewer threads or probes, smaller images, or a smaller network.',
    );
  }
}

export interface EngineMemoryOptions {
  /** Whether other threads will run plans in it. */
  readonly shared?: boolean;
  readonly tableBytes?: number | undefined;
  /** Most bytes that it may have. Default: 4 GiB. */
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
    // Only now: memory that could not be allocated must not be counted.
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
