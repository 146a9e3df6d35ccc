import { bind, startTensorBackend } from '@rheobase/execution';
import { withFailingCalls } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { engine, memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from './fit.js';
import type { FitOptions } from './fit-options.js';
import { heldOutAccuracy } from './held-out-accuracy.js';
import { rateForward } from './rate-forward.js';
import { cosine } from './schedule.js';
import { spikingForward } from './spiking-forward.js';
import { teacherFrom } from './teacher.js';
import { distillation } from './distillation.js';
import { tinySpikingNetwork } from './tiny-spiking.fixture.js';
import { halves, halvesSource, tinyNetwork } from './tiny-task.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('a training that fails at any kernel', () => {
  it.each([
    ['analog, with a teacher', undefined],
    ['spiking', spikingForward({ steps: 2 })],
    ['spiking, through its rates', rateForward({ steps: 2 })],
  ])('leaves the tensors that were there: %s', async (_, forward) => {
    const bound = bind(forward === undefined ? tinyNetwork() : tinySpikingNetwork());
    const teacher = bind(tinyNetwork());
    const options: FitOptions = {
      epochs: 1,
      seed: 1,
      schedule: cosine(0.01),
      microBatch: 8,
      averageDecay: 0.9,
      validate: heldOutAccuracy(async function* () {
        yield halves(8, 9);
      }, forward),
      ...(forward
        ? { forward }
        : { teacher: teacherFrom(teacher), loss: distillation({ temperature: 2, weight: 0.5 }) }),
    };
    const train = () => fit(bound, halvesSource(1), options);
    const before = memory().numTensors;
    const { calls, thrown } = await withFailingCalls(engine(), Infinity, train);
    expect(thrown).toBeUndefined();
    expect(memory().numTensors).toBe(before);
    const stride = Math.max(1, Math.floor(calls / 20));
    for (let allowed = 0; allowed < calls; allowed += stride) {
      const failed = await withFailingCalls(engine(), allowed, train);
      expect(String(failed.thrown)).toContain('fails');
      expect(memory().numTensors, `after ${allowed} of ${calls} kernels`).toBe(before);
    }
    bound.dispose();
    teacher.dispose();
  });
});
