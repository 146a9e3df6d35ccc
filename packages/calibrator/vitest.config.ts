import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'calibrator', include: ['src/**/*.test.ts'] } });
