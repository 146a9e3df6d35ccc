import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { defaultModels } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Checkpoint, CheckpointStore } from '@rheobase/training';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { images } from './image-batches.js';
import { sourceObjective, untrainedSource } from './source-training.js';
import { train, type TrainingMeans, type TrainingRecipe } from './training-run.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const normalization = defaultNormalizations.get('unit');
const clips = { threshold: 3, thresholdsPer: 'channel' } as const;
const family = defaultModels.get('resnet9');
const network = untrainedSource(family, { widths: [2, 2, 3, 3] }, clips, 1);
/** A little of everything that a source network may be trained with. */
const recipe: TrainingRecipe = {
  epochs: 3,
  batchSize: 8,
  learningRate: 0.05,
  schedule: 'linear',
  warmUp: 0.2,
  optimizer: 'nesterov',
  weightDecay: 5e-4,
  biasRate: 4,
  thresholdRate: 0.5,
  augment: 'standard',
  flip: 'alternating',
  surround: 'reflection',
  cutout: 8,
  averageDecay: 0.9,
  seed: 2,
};

/** Trains, with the means given. */
function trained(means: TrainingMeans, changes: Partial<TrainingRecipe> = {}) {
  return train({
    network,
    training: glyphs({ split: 'train', length: 24 }),
    normalization,
    heldOut: images(glyphs({ split: 'test', length: 10 }), normalization),
    recipe: { ...recipe, ...changes },
    objective: sourceObjective(network, { smoothing: 0.1, thresholdGradient: 'scaled' }),
    means,
  });
}

function bytesOf({ parameters }: Network): readonly (readonly [string, readonly number[]])[] {
  return [...parameters].map(([name, { data }]) => [
    name,
    [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  ]);
}

describe('training a source network', () => {
  it('ends with the same bytes however often it is interrupted, with every option of a source network', async () => {
    const whole = await trained({});
    const tensors = memory().numTensors;
    let kept: Checkpoint | undefined;
    const store: CheckpointStore = {
      name: 'memory',
      load: async () => kept,
      save: async (checkpoint) => {
        kept = checkpoint;
      },
    };
    let last = await trained({ checkpoints: { store }, signal: AbortSignal.abort() });
    for (let runs = 0; !last.result.completed; runs++) {
      expect(runs).toBeLessThan(12);
      const stop = new AbortController();
      last = await trained({ checkpoints: { store }, signal: stop.signal, onBatch: () => stop.abort() });
    }
    expect(bytesOf(last.network)).toEqual(bytesOf(whole.network));
    expect(last.result.history).toEqual(whole.result.history);
    expect(memory().numTensors).toBe(tensors);
  });

  it('follows each of these options', async () => {
    const usual = bytesOf((await trained({}, { epochs: 1 })).network);
    const others: readonly Partial<TrainingRecipe>[] = [
      { schedule: 'cosine' },
      { optimizer: 'sgd' },
      { optimizer: 'adamw' },
      { biasRate: 1 },
      { thresholdRate: 1 },
      { flip: 'random' },
      { surround: 'black' },
      { cutout: undefined },
      { averageDecay: undefined },
    ];
    for (const other of others) {
      expect(bytesOf((await trained({}, { epochs: 1, ...other })).network), JSON.stringify(other)).not.toEqual(usual);
    }
  });

  it('refuses details of an augmentation that does nothing', async () => {
    await expect(trained({}, { augment: 'none' })).rejects.toThrow(/'none' leaves images as they are/);
  });
});

describe('untrainedSource', () => {
  it('gives every site a clip, with a θ for each channel where that is asked for', () => {
    expect(network.parameters.get('layer2.relu.threshold')).toMatchObject({ shape: [3] });
    const perLayer = untrainedSource(family, { widths: [2, 2, 3, 3] }, { threshold: 3 }, 1);
    expect(perLayer.parameters.get('layer2.relu.threshold')).toMatchObject({ shape: [] });
    expect([...(perLayer.parameters.get('layer2.relu.threshold')?.data ?? [])]).toEqual([3]);
  });
});
