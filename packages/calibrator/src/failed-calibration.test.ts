import { startTensorBackend } from '@rheobase/execution';
import { withFailingCalls } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { engine, memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { channelBiases } from './channel-biases.js';
import { initialPotentials } from './initial-potentials.js';
import { layerWeights } from './layer-weights.js';
import { layerwiseBptt } from './layerwise-bptt.js';
import { lightCalibration } from './light-calibration.js';
import { residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

describe('a calibration that fails at any kernel', () => {
  it.each(
    [
      initialPotentials(),
      layerwiseBptt({ epochs: 1 }),
      lightCalibration({ rounds: 1 }),
      channelBiases(),
      layerWeights({ epochs: 1 }),
    ].map((method) => [method.name, method] as const),
  )('leaves the tensors that were there: %s', async (_, method) => {
    const task = taskOf(residualSource(2), 2, { images: 4, heldOut: 2 });
    const work = () => calibrate(task, method, { seed: 1, batchSize: 2 });
    const before = memory().numTensors;
    const { calls, thrown } = await withFailingCalls(engine(), Infinity, work);
    expect(thrown).toBeUndefined();
    expect(memory().numTensors).toBe(before);
    const stride = Math.max(1, Math.floor(calls / 6));
    for (let allowed = calls % stride; allowed < calls; allowed += stride) {
      const failed = await withFailingCalls(engine(), allowed, work);
      expect(String(failed.thrown)).toContain('fails');
      expect(memory().numTensors, `after ${allowed} of ${calls} kernels`).toBe(before);
    }
  });
});
