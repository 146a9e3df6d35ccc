import { defineConfig } from 'vitest/config';

// Some tests train; a busy machine takes its time.
export default defineConfig({ test: { name: 'detection', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
