import { bind, startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from './fit.js';
import { forwardOf } from './forward-of.js';
import { heldOutAccuracy } from './held-out-accuracy.js';
import { rateForward } from './rate-forward.js';
import { cosine } from './schedule.js';
import { sgd } from './sgd.js';
import { tinySpikingNetwork } from './tiny-spiking.fixture.js';
import { halves, halvesSource, tinyNetwork } from './tiny-task.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('rateForward', () => {
  const forward = rateForward({ steps: 3 });

  it('lets fit train a spiking network through its firing rates', async () => {
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

  it('has the logits in training that it has in inference', () => {
    const bound = bind(tinySpikingNetwork());
    const { images, shape } = halves(4, 5);
    const input = tensor(images, [...shape]);
    const [inferred, trained] = [forward.infer(bound, input), forward.train(bound, input, xoroshiro128plus(0)).logits];
    const expected = Array.from(inferred.dataSync());
    trained.dataSync().forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 4));
    bound.dispose();
  });

  it('is made anew from its description', () => {
    expect(forwardOf(rateForward({ steps: 2 }).description).description).toEqual({ kind: 'rates', steps: 2 });
  });

  it('refuses a network without neurons, and a number of steps it cannot go by', () => {
    expect(() => rateForward({ steps: 0 })).toThrow(/whole number of at least 1, not 0/);
    const bound = bind(tinyNetwork());
    const { images, shape } = halves(4, 5);
    const input = tensor(images, [...shape]);
    expect(() => forward.train(bound, input, xoroshiro128plus(0))).toThrow(/never converted to a neuron/);
    bound.dispose();
  });
});
