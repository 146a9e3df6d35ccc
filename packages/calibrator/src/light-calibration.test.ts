import { startTensorBackend } from '@rheobase/execution';
import { float32Parameter, parameterOf } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { lightCalibration } from './light-calibration.js';
import { residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

describe('light calibration', () => {
  it('finds back a bias that was lost, and touches no weight', async () => {
    const task = taskOf(residualSource(3), 4, { images: 24, heldOut: 12 });
    const bias = parameterOf(task.spiking, 'conv2.bias');
    const shifted = float32Parameter(
      'bias',
      bias.shape,
      Float32Array.from(bias.data, (value) => value - 0.3),
    );
    const parameters = new Map(task.spiking.parameters).set('conv2.bias', shifted);
    const spiking = { ...task.spiking, parameters };
    const { network, sites } = await calibrate({ ...task, spiking }, lightCalibration(), { seed: 1 });
    const inner = sites.find(({ site }) => site === 'inner');
    expect(inner?.heldOutLoss?.after).toBeLessThan(0.5 * (inner?.heldOutLoss?.before ?? 0));
    expect(inner?.trainedParameters).toBe(4 + 6 * 6 * 4);
    for (const [name, { role, data }] of network.parameters) {
      if (role === 'weight' || role === 'threshold') expect(data).toEqual(parameterOf(spiking, name).data);
    }
  });

  it('leaves a site that is right already', async () => {
    const task = taskOf(residualSource(3), 4);
    const { sites } = await calibrate(task, lightCalibration({ rounds: 2 }), { seed: 1 });
    expect(sites[0]).toMatchObject({ site: 'first', bestEpoch: 0, epochs: 2 });
    expect(sites[0]?.errorAfter).toBeLessThan(1e-6);
  });

  it('corrects potentials alone where channels are joined, cut or shuffled between layer and site', async () => {
    const source = residualSource(3);
    const nodes = source.nodes.flatMap((node) =>
      node.name === 'inner' && node.op === 'activation'
        ? [
            { op: 'channelShuffle' as const, name: 'shuffle', inputs: ['conv2'] as const, groups: 2 },
            { ...node, inputs: ['shuffle'] as const },
          ]
        : [node],
    );
    const { sites } = await calibrate(taskOf({ ...source, nodes }, 3), lightCalibration({ rounds: 1 }), { seed: 1 });
    expect(sites.find(({ site }) => site === 'inner')?.trainedParameters).toBe(6 * 6 * 4);
  });
});
