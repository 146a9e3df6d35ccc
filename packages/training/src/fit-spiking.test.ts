import { bind, startTensorBackend } from '@rheobase/execution';
import { parameterOf } from '@rheobase/network';
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
    const initial = await validate(bound);
    const { best } = await fit(bound, halvesSource(12), {
      epochs: 4,
      seed: 1,
      schedule: cosine(0.05),
      optimizer: sgd({ momentum: 0.9 }),
      forward,
      validate,
    });
    expect(best?.score).toBeGreaterThan(Math.max(initial, 0.8));
    expect(memory().numTensors).toBe(before);
    bound.dispose();
  });

  it('leaves no neuron with a threshold at or below 0, however far a step goes', async () => {
    const bound = bind(tinySpikingNetwork());
    const thresholds = [...bound.network.parameters].filter(([, { role }]) => role === 'threshold');
    const before = memory().numTensors;
    await fit(bound, halvesSource(4), {
      epochs: 1,
      seed: 1,
      schedule: () => 20,
      trains: (_, role) => role === 'threshold',
      forward: spikingForward({ steps: 3 }),
    });
    const trained = thresholds.flatMap(([name]) => [...parameterOf(bound.snapshot(), name).data]);
    expect(Math.min(...trained)).toBeCloseTo(0.01, 6);
    expect(memory().numTensors).toBe(before);
    bound.dispose();
  });
});
