import { bind, startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { tensor } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { forwardOf } from './forward-of.js';
import { rateForward } from './rate-forward.js';
import { tinySpikingNetwork } from './tiny-spiking.fixture.js';
import { halves, tinyNetwork } from './tiny-task.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('rateForward', () => {
  const forward = rateForward({ steps: 3 });

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
    expect(() => rateForward({ steps: 0 })).toThrow(/integer of at least 1, not 0/);
    const bound = bind(tinyNetwork());
    const { images, shape } = halves(4, 5);
    const input = tensor(images, [...shape]);
    expect(() => forward.train(bound, input, xoroshiro128plus(0))).toThrow(/never converted to a neuron/);
    bound.dispose();
  });
});
