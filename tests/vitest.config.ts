import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'consumer',
    include: ['*.test.ts'],
    // Packing and installing come before the first test; a machine with an empty npm cache fetches the dependencies then.
    hookTimeout: 300_000,
    testTimeout: 120_000,
    // Most tests wait for a program of their own.
    maxConcurrency: 2,
    // After all other projects, whose tests then have the machine to themselves.
    sequence: { groupOrder: 1 },
  },
});
