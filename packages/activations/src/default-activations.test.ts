import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { activationConformance } from './conformance.js';
import { defaultActivations } from './default-activations.js';

describe.each(['cpu', 'wasm'])("on tfjs' %s backend", (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });
  for (const kind of defaultActivations.names) activationConformance(defaultActivations.get(kind), { describe, it });
});

describe('the default activations', () => {
  it('are registered under their own kinds', () => {
    for (const kind of defaultActivations.names) expect(defaultActivations.get(kind).kind).toBe(kind);
  });
});
