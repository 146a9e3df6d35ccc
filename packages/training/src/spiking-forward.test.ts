import { bind, startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forwardOf } from './forward-of.js';
import { spikingForward } from './spiking-forward.js';
import { halves } from './tiny-task.fixture.js';
import { tinySpikingNetwork } from './tiny-spiking.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('spikingForward', () => {
  const forward = spikingForward({ steps: 3 });

  it('infers what a simulation reads out after its last step', () => {
    const bound = bind(tinySpikingNetwork());
    const { images, shape } = halves(4, 5);
    const input = tensor(images, [...shape]);
    const logits = forward.infer(bound, input);
    const [readOut] = bound.simulate(input, { steps: 3 }).outputs.values();
    expect(Array.from(logits.dataSync())).toEqual(Array.from(readOut?.data.slice(-logits.size) ?? []));
    logits.dispose();
    input.dispose();
    bound.dispose();
  });

  it('is made anew from its description', () => {
    const { description } = spikingForward({ steps: 2, surrogate: 'triangle', slope: 1.5 });
    expect(forwardOf(description).description).toEqual(description);
    expect(() => forwardOf({ kind: 'backward' })).toThrow(/There is no forward pass .*backward/);
  });

  it('refuses numbers and names it cannot go by', () => {
    expect(() => spikingForward({ steps: 0 })).toThrow(/integer of at least 1, not 0/);
    expect(() => spikingForward({ steps: 2, slope: -1 })).toThrow(/positive number, not -1/);
    expect(() => spikingForward({ steps: 2, surrogate: 'tan' })).toThrow(/Did you mean 'tanh'/);
  });
});
