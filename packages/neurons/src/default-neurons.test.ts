import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GoldenFile } from './conformance.js';
import { neuronConformance, surrogateConformance } from './conformance.js';
import { defaultNeurons } from './default-neurons.js';
import { defaultSurrogates } from './default-surrogates.js';

function golden(kind: string): GoldenFile {
  return JSON.parse(readFileSync(new URL(`../golden/${kind}.json`, import.meta.url), 'utf8'));
}

describe.each(['cpu', 'wasm'])("on tfjs' %s backend", (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });
  for (const kind of defaultNeurons.names) {
    neuronConformance(defaultNeurons.get(kind), { describe, it }, golden(kind).traces);
  }
  for (const name of defaultSurrogates.names) surrogateConformance(defaultSurrogates.get(name), { describe, it });
});

describe('the default neurons and surrogates', () => {
  it('are registered under their own names', () => {
    for (const kind of defaultNeurons.names) expect(defaultNeurons.get(kind).kind).toBe(kind);
    for (const name of defaultSurrogates.names) expect(defaultSurrogates.get(name).name).toBe(name);
  });

  it('have golden traces each, filed under their kinds', () => {
    for (const kind of defaultNeurons.names) {
      expect(golden(kind).kind).toBe(kind);
      expect(golden(kind).traces.length).toBeGreaterThan(2);
    }
  });
});
