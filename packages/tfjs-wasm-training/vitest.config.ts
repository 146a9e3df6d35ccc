import { defineConfig } from 'vitest/config';

// Sweeps over many shapes take seconds on a free core, and several times as long on a shared one.
export default defineConfig({
  test: { name: 'tfjs-wasm-training', include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});
