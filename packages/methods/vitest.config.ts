import { defineConfig } from 'vitest/config';

// Some methods train; a busy machine takes its time.
export default defineConfig({ test: { name: 'methods', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
