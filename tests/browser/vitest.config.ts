import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'browser',
    include: ['**/*.test.ts'],
    // Bundling the page and starting the browser come before the first test.
    hookTimeout: 120_000,
    testTimeout: 120_000,
    // After all other projects, whose tests then have the machine to themselves.
    sequence: { groupOrder: 1 },
  },
});
