import { withSharedMemory } from './shared-memory-import.js';

/** A kernel of the module: addresses (in bytes) and sizes in, nothing out. */
export type NativeFunction = (...numbers: readonly number[]) => void;

/** `relaxed` multiplies and adds with one rounding; `plain` with two, the same bits on every machine. */
export type KernelBuild = 'plain' | 'relaxed';

/** A `WebAssembly.Memory`, said without a type that only browsers' and Node's libraries declare. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike;
}

/** The compiled kernels, running in another module's memory. */
export interface KernelModule {
  readonly build: KernelBuild;
  /** Whether convolutions may use Winograd's algorithm. */
  readonly winograd: boolean;
  /**
   * The kernel of that name.
   *
   * @throws if the module has none.
   */
  kernel(name: string): NativeFunction;
}

const files: Readonly<Record<KernelBuild, URL>> = {
  plain: new URL('../../assets/training-kernels.wasm', import.meta.url),
  relaxed: new URL('../../assets/training-kernels-relaxed.wasm', import.meta.url),
};

async function readBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return Uint8Array.from(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(
      `The training kernels could not be fetched from ${url.href} (${response.status} ${response.statusText}). ` +
        'Pass `location` if they are served from elsewhere.',
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Loads one build of the kernels into a memory.
 *
 * @param location where the file is, if not next to this package's own files
 * @throws if the file cannot be read.
 */
export async function loadKernelModule(
  memory: KernelMemory,
  { build, winograd }: Pick<KernelModule, 'build' | 'winograd'>,
  location?: string | URL,
): Promise<KernelModule> {
  const bytes = await readBytes(location === undefined ? files[build] : new URL(location, import.meta.url));
  // tfjs' threaded build, which it starts in cross-origin-isolated pages, has a shared memory.
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const { instance } = await WebAssembly.instantiate(shared ? withSharedMemory(bytes) : bytes, {
    env: { memory: memory as WebAssembly.Memory },
  });
  const { exports } = instance;
  return {
    build,
    winograd,
    kernel: (name) => {
      const found = exports[name];
      if (typeof found !== 'function') {
        throw new Error(`The training kernels hold no "${name}": they have ${Object.keys(exports).join(', ')}.`);
      }
      return found as NativeFunction;
    },
  };
}
