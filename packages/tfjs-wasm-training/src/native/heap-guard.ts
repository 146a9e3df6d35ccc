/** tfjs' WebAssembly memory can grow no further, or not as far as it was allowed to. Nothing was written: the backend keeps working. */
export class HeapFullError extends Error {
  override readonly name = 'HeapFullError';

  constructor(
    /** Bytes that were asked for. */
    readonly bytes: number,
    /** Bytes that the memory may have in all. */
    readonly limit: number,
  ) {
    super(
      `tfjs' WebAssembly memory is full: there is no room for another ${megabytes(bytes)} MB, and it cannot grow beyond ${megabytes(limit)} MB. ` +
        'Take a smaller batch, or free tensors that are no longer needed.',
    );
  }
}

/** The part of tfjs-backend-wasm's Emscripten module that hands out memory. */
export interface Allocator {
  // Emscripten's names.
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

/** What is needed of a `WebAssembly.Memory`, a type that only programs with the types of a page know. */
export interface GrowingMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Watches over the memory that tensors are put in. */
export interface HeapGuard {
  /** Bytes that the memory may have in all. */
  readonly limit: number;
  /** Allows less, or more again; at most the 4 GiB of a 32-bit memory. */
  setLimit(bytes: number): void;
  /**
   * Makes sure that a number of bytes can still be allocated, for a kernel that allocates them itself.
   *
   * @throws {HeapFullError} if there is no room for them.
   */
  requireRoom(bytes: number): void;
}

const mallocName = '_malloc';

/** As far as Emscripten lets tfjs' memory grow: 4 GiB less a page. */
const pageBytes = 65_536;
const greatestHeap = 65_535 * pageBytes;

/** What the module's own C++ allocates for itself at times; without it, it aborts, or leaves results unwritten. */
const reserve = 32 * 2 ** 20;

/** Smaller blocks are not what fills a memory, so they are given without looking for the reserve. */
const smallBlock = 2 ** 16;

/** Emscripten grows the memory by up to so much more than it needs. */
const overgrowth = 96 * 2 ** 20;

/**
 * Makes an allocator throw if there is no room. tfjs does not check what `malloc` returns: it would write the tensor to address 0, over
 * whatever stands there.
 */
export function guardHeap(allocator: Allocator, memory: GrowingMemory): HeapGuard {
  let limit = greatestHeap;
  const { _free: release } = allocator;
  // Emscripten replaces these by the real functions at the first call.
  release(allocator[mallocName](1));
  const allocate = allocator[mallocName];
  // Emscripten takes an error for what it is, and makes `malloc` give 0.
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * pageBytes > limit) throw new RangeError('The memory may not grow so far.');
    return grow(pages);
  };
  const hasRoom = (bytes: number): boolean => {
    if (limit - memory.buffer.byteLength >= bytes + overgrowth) return true;
    const address = bytes > greatestHeap ? 0 : allocate(bytes);
    release(address);
    return address !== 0;
  };
  allocator[mallocName] = (bytes) => {
    // Beyond 32 bits the number would wrap, and a small block be given for a large one.
    const address = bytes > greatestHeap ? 0 : allocate(bytes);
    if (address === 0) throw new HeapFullError(bytes, limit);
    if (bytes >= smallBlock && !hasRoom(reserve)) {
      release(address);
      throw new HeapFullError(bytes, limit);
    }
    return address;
  };
  return {
    get limit() {
      return limit;
    },
    setLimit: (bytes) => {
      limit = Math.min(bytes, greatestHeap);
    },
    requireRoom: (bytes) => {
      if (!hasRoom(bytes + reserve)) throw new HeapFullError(bytes, limit);
    },
  };
}

function megabytes(bytes: number): string {
  return Math.ceil(bytes / 1e6).toString();
}
