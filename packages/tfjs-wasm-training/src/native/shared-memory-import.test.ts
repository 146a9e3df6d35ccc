import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { enableRelaxedSimd } from './relaxed-simd.js';
import { withSharedMemory } from './shared-memory-import.js';

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
const memoryImport = (limits: readonly number[]): Uint8Array<ArrayBuffer> => {
  const section = [1, ...text('env'), ...text('memory'), 2, ...limits];
  return Uint8Array.from([...header, 2, section.length, ...section]);
};
const instantiate = (bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory) =>
  WebAssembly.instantiate(bytes, { env: { memory } });
const shared = (maximum: number) => new WebAssembly.Memory({ initial: 2, maximum, shared: true });

describe('withSharedMemory', () => {
  it.each(['training-kernels.wasm', 'training-kernels-relaxed.wasm'])(
    'lets %s run in a shared memory',
    async (file) => {
      await enableRelaxedSimd();
      const bytes = Uint8Array.from(await readFile(new URL(`../../assets/${file}`, import.meta.url)));
      await expect(instantiate(bytes, shared(65_536)), 'as it is').rejects.toThrow(/shared/);
      const { instance } = await instantiate(withSharedMemory(bytes), shared(65_536));
      const { instance: own } = await instantiate(bytes, new WebAssembly.Memory({ initial: 2 }));
      expect(Object.keys(instance.exports)).toEqual(Object.keys(own.exports));
    },
  );

  it('takes a memory with any maximum, and asks for as many pages as the module did', async () => {
    const module = withSharedMemory(memoryImport([0, 0x82, 0x01]));
    await expect(instantiate(module, shared(200))).rejects.toThrow(/initial 130/);
    for (const maximum of [130, 200, 65_536]) {
      const memory = new WebAssembly.Memory({ initial: 130, maximum, shared: true });
      await expect(instantiate(module, memory)).resolves.toBeDefined();
    }
  });

  it('leaves the bytes it was given as they were', () => {
    const bytes = memoryImport([0, 1]);
    const before = bytes.slice();
    withSharedMemory(bytes);
    expect(bytes).toEqual(before);
  });

  it('refuses a module that imports anything else, or that ends in the middle', () => {
    expect(() => withSharedMemory(Uint8Array.from(header))).toThrow('imports nothing');
    expect(() => withSharedMemory(memoryImport([1, 1, 2]))).toThrow('unshared memory without a maximum');
    const both = [2, ...text('env'), ...text('memory'), 2, 0, 1, ...text('env'), ...text('other'), 2, 0, 1];
    expect(() => withSharedMemory(Uint8Array.from([...header, 2, both.length, ...both]))).toThrow('nothing else');
    expect(() => withSharedMemory(Uint8Array.from([...header, 2, 0x80]))).toThrow('ends inside a number');
  });
});
