import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'activations', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
