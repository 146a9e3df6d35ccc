import { defineConfig } from 'vitest/config';

// Most tests train, some in processes of their own; a busy machine takes its time.
export default defineConfig({ test: { name: 'calibrator', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
