import { bind, startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from './fit.js';
import { heldOutAccuracy } from './held-out-accuracy.js';
import { rateForward } from './rate-forward.js';
import { cosine } from './schedule.js';
import { sgd } from './sgd.js';
import { spikingForward } from './spiking-forward.js';
import { halves, halvesSource } from './tiny-task.fixture.js';
import { tinySpikingNetwork } from './tiny-spiking.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('fit', () => {
  it.each([
    ['through time', spikingForward({ steps: 3 })],
    ['through its firing rates', rateForward({ steps: 3 })],
  ])('trains a spiking network %s', async (_, forward) => {
    const bound = bind(tinySpikingNetwork());
    const validate = heldOutAccuracy(async function* () {
      yield halves(64, 99);
    }, forward);
    const before = memory().numTensors;
    const begun = await validate(bound);
    const { best } = await fit(bound, halvesSource(12), {
      epochs: 4,
      seed: 1,
      schedule: cosine(0.05),
      optimizer: sgd({ momentum: 0.9 }),
      forward,
      validate,
    });
    expect(best?.score).toBeGreaterThan(Math.max(begun, 0.8));
    expect(memory().numTensors).toBe(before);
    bound.dispose();
  });
});
