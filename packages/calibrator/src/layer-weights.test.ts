import { startTensorBackend } from '@rheobase/execution';
import { float32Parameter, parameterOf } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { layerWeights } from './layer-weights.js';
import { residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

describe('weight calibration', () => {
  it('brings back weights that were disturbed, and changes weights alone', async () => {
    const task = taskOf(residualSource(3), 6, { images: 48, heldOut: 16 });
    const weight = parameterOf(task.spiking, 'conv2.weight');
    const disturbed = float32Parameter(
      'weight',
      weight.shape,
      Float32Array.from(weight.data, (value, i) => value * (i % 2 === 0 ? 0.6 : 1.3)),
    );
    const spiking = { ...task.spiking, parameters: new Map(task.spiking.parameters).set('conv2.weight', disturbed) };
    const method = layerWeights({ learningRate: 0.02, epochs: 12, batchSize: 16 });
    const { network, sites } = await calibrate({ ...task, spiking }, method, { seed: 1 });
    const inner = sites.find(({ site }) => site === 'inner');
    expect(inner?.heldOutLoss?.after).toBeLessThan(0.5 * (inner?.heldOutLoss?.before ?? 0));
    for (const [name, { role, data }] of spiking.parameters) {
      if (role !== 'weight') expect(network.parameters.get(name)?.data).toEqual(data);
    }
  });

  it('names an option that is out of range', () => {
    expect(() => layerWeights({ learningRate: 0 })).toThrow(/'learningRate' of layerWeights is 0/);
    expect(() => layerWeights({ epochs: 0.5 })).toThrow(/'epochs' of layerWeights is 0.5/);
  });
});
