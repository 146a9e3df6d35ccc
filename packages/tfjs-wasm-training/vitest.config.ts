import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'tfjs-wasm-training', include: ['src/**/*.test.ts'] } });
