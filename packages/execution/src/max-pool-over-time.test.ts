import { noPadding, type NodeOf } from '@rheobase/network';
import { expectClose, randomArray, randomChoice } from '@rheobase/testing';
import type { Rank } from '@tensorflow/tfjs-core';
import { maxPool, memory, reshape, slice, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxPoolOverTime } from './max-pool-over-time.js';
import { meanOverTime } from './over-time.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

const node: NodeOf<'maxPool'> = {
  op: 'maxPool',
  name: 'pool',
  inputs: ['x'],
  size: [3, 2],
  stride: [2, 1],
  padding: noPadding,
};
const shape = [2, 5, 4, 3];

describe('maxPoolOverTime', () => {
  it('has at every step the mean so far that the pooling makes of the means so far', () => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.noShrink(fc.integer()), (steps, seed) => {
        const random = xoroshiro128plus(seed);
        const spikes = Float32Array.from({ length: steps * size }, () => randomChoice(random, [-0.5, 0, 0.5, 0.5]));
        tidy(() => {
          const whole = maxPoolOverTime(
            node,
            { kind: 'changing', value: tensor(spikes, [steps * 2, 5, 4, 3]) },
            steps,
          ).value.dataSync();
          const pooled = whole.length / steps;
          for (let t = 1; t <= steps; t++) {
            const before = tensor(spikes.slice(0, t * size), [t * 2, 5, 4, 3]);
            const mean = reshape<Rank.R4>(meanOverTime({ kind: 'changing', value: before }, t), [2, 5, 4, 3]);
            const given = tensor(whole.slice(0, t * pooled), [t * 2, pooled / 2]);
            expectClose(
              meanOverTime({ kind: 'changing', value: given }, t).dataSync(),
              maxPool(mean, [3, 2], [2, 1], 'valid').dataSync(),
              { absolute: 1e-6 },
            );
          }
        });
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('gives spikes of one worth for spikes of one worth, as the greatest of whole counts moves by one at most', () => {
    const steps = 16;
    const random = xoroshiro128plus(4);
    const spikes = Float32Array.from({ length: steps * 120 }, () => randomChoice(random, [-0.5, 0, 0.5]));
    tidy(() => {
      const { value } = maxPoolOverTime(node, { kind: 'changing', value: tensor(spikes, [steps * 2, 5, 4, 3]) }, steps);
      expect(new Set(value.dataSync())).toEqual(new Set([-0.5, 0, 0.5]));
    });
  });

  it('pools a value that is the same at every step once, and leaves no tensor behind', () => {
    const value = tensor(randomArray(xoroshiro128plus(5), shape), [2, 5, 4, 3]);
    const before = memory().numTensors;
    tidy(() => {
      const constant = maxPoolOverTime(node, { kind: 'constant', value }, 4);
      expect(constant.kind).toBe('constant');
      const changing = maxPoolOverTime(
        node,
        { kind: 'changing', value: tensor([...value.dataSync(), ...value.dataSync()], [4, 5, 4, 3]) },
        2,
      );
      expectClose(slice(changing.value, 2).dataSync(), constant.value.dataSync(), { absolute: 1e-6 });
    });
    expect(memory().numTensors).toBe(before);
    value.dispose();
  });
});
