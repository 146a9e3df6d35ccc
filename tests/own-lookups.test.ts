import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { unguardedLookups } from './own-lookups.js';

/** Where a name may be looked up as it is, and why. */
const exempt: readonly (readonly [file: string, why: string])[] = [
  ['packages/network/src/own-value.ts', 'it is the guarded lookup'],
  ['packages/tfjs-wasm-training/src/native/attributes.ts', 'a kernel names its own attributes'],
  ['packages/tfjs-wasm-training/src/native/native-kernel.ts', 'a kernel names its own inputs'],
  ['packages/spike-kernels/src/kernel-module.ts', 'the exports of a WebAssembly module inherit nothing'],
  ['packages/tfjs-wasm-training/src/native/kernel-module.ts', 'the exports of a WebAssembly module inherit nothing'],
];

it('looks names up in a Map, in a Registry or with ownValue, so that constructor and __proto__ are names as any other', () => {
  const root = fileURLToPath(new URL('../', import.meta.url)).replace(/\/$/, '');
  const found = unguardedLookups(root).filter(({ place }) => !exempt.some(([file]) => place.startsWith(`${file}:`)));
  expect(found.map(({ place, text }) => `${place} ${text}`)).toEqual([]);
}, 60_000);
