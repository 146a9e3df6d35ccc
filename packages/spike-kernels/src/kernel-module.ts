/** Takes byte addresses and sizes; returns nothing. */
export type SpikeKernel = (...numbers: readonly number[]) => void;

/** The exports of the module, documented in `c/`. */
export const spikeKernelNames = [
  'f32_spike_convolution',
  'i8_spike_convolution',
  'f32_convolution',
  'f32_integrate',
  'i32_integrate',
  'f32_max_pool',
  'i32_max_pool',
  'spike_max_pool',
  'move_runs',
  'f32_add_runs',
  'i32_add_runs',
  'clear',
  'f32_scale',
  'i32_scale',
  'f32_spike_values',
  'i32_spike_values',
  'i32_from_f32',
  'f32_from_i32',
  'f32_quantize',
  'pack_spikes',
  'unpack_spikes',
] as const;
export type SpikeKernelName = (typeof spikeKernelNames)[number];

/** The kernels, instantiated in a memory. */
export type SpikeKernels = Readonly<Record<SpikeKernelName, SpikeKernel>>;

/** Whether the memory that the kernels run in is shared between threads. */
export type MemoryKind = 'own' | 'shared';

/** A `WebAssembly.Memory`, without the type, which only the browsers' and Node's libraries declare. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; returns the previous number. */
  grow(pages: number): number;
}

/** A `WebAssembly.Module` of the kernels. */
export type CompiledSpikeKernels = object;

/**
 * A memory for kernels: unshared, or shared between threads.
 *
 * @param pages initial pages of 64 KiB
 * @param maximum pages that it can grow to; at most 4 GiB, as addresses have 32 bits
 */
export function kernelMemory(kind: MemoryKind = 'own', pages = 1, maximum = 65_536): KernelMemory {
  return new WebAssembly.Memory({ initial: pages, maximum, shared: kind === 'shared' });
}

const files: Readonly<Record<MemoryKind, URL>> = {
  own: new URL('../assets/spike-kernels.wasm', import.meta.url),
  shared: new URL('../assets/spike-kernels-shared.wasm', import.meta.url),
};

async function readBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return Uint8Array.from(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(
      `The spike kernels could not be fetched from ${url.href} (${response.status} ${response.statusText}). ` +
        'Pass `location` if they are served from elsewhere.',
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Compiles the kernels for memories of one kind. A module can be sent to worker threads and instantiated there.
 *
 * @param location location of the file; default: next to this package's files
 * @throws if the file cannot be read.
 */
export async function compileSpikeKernels(
  kind: MemoryKind = 'own',
  location?: string | URL,
): Promise<CompiledSpikeKernels> {
  const url = location === undefined ? files[kind] : new URL(location, import.meta.url);
  return WebAssembly.compile(await readBytes(url));
}

/**
 * The kernels of a compiled module, in a memory of its kind. Modules have no data or stack in it, so any number of them can run in one memory.
 *
 * @throws if it is not the module of the kernels.
 */
export function instantiateSpikeKernels(module: CompiledSpikeKernels, memory: KernelMemory): SpikeKernels {
  if (!(module instanceof WebAssembly.Module)) {
    throw new Error('This is not a compiled module; compileSpikeKernels returns one.');
  }
  const { exports } = new WebAssembly.Instance(module, { env: { memory: memory as WebAssembly.Memory } });
  const found = (name: SpikeKernelName): SpikeKernel => {
    const value = exports[name];
    if (typeof value !== 'function') {
      throw new Error(`The module holds no '${name}': it has ${Object.keys(exports).join(', ')}.`);
    }
    return value as SpikeKernel;
  };
  // Each name has its kernel.
  return Object.fromEntries(spikeKernelNames.map((name) => [name, found(name)])) as SpikeKernels;
}
