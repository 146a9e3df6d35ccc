import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'spike-kernels', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
