import { startTensorBackend } from '@rheobase/execution';
import { float32Parameter, networkBuilder, parameterOf, scalarParameter } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { channelBiases } from './channel-biases.js';
import { residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

describe('bias calibration', () => {
  it('adds to each bias what its channel says too little on average, worked by hand', async () => {
    // Two steps, θ = 1, V(0) = 0. Image 1 drives the channels with 0.75 and 0.25, image 2 with 0.25 and 0.5. Spikes of 2 steps: 1 and 0,
    // 0 and 1; as rates ½, 0 and 0, ½. The gaps are (0.25 + 0.25)/2 = 0.25 and (0.25 + 0)/2 = 0.125.
    const network = (op: 'activation' | 'neuron') => {
      const build = networkBuilder();
      const weight = float32Parameter('weight', [2, 2], [1, 0, 0, 1]);
      const threshold = scalarParameter('threshold', 1);
      const dense = build.dense('dense', build.input('x', [2]), { weight });
      const site =
        op === 'neuron'
          ? build.neuron('site', dense, {
              kind: 'if',
              parameters: { threshold, initialPotential: scalarParameter('initialPotential', 0) },
            })
          : build.activation('site', dense, { kind: 'relu' });
      build.output('out', site);
      return build.build();
    };
    const images = { shape: [2, 2], images: Float32Array.from([0.75, 0.25, 0.25, 0.5]) };
    const task = { quantized: network('activation'), spiking: network('neuron'), steps: 2 };
    const { network: calibrated } = await calibrate(
      { ...task, calibration: images, heldOut: images },
      channelBiases(),
      { seed: 0 },
    );
    expect([...parameterOf(calibrated, 'dense.bias').data]).toEqual([0.25, 0.125]);
    expect([...parameterOf(calibrated, 'dense.weight').data]).toEqual([1, 0, 0, 1]);
  });

  it('changes nothing but biases of layers', async () => {
    const task = taskOf(residualSource(3), 4, { images: 16, heldOut: 6 });
    const { network } = await calibrate(task, channelBiases(), { seed: 1 });
    const changed = [...network.parameters].filter(
      ([name, { data }]) => `${task.spiking.parameters.get(name)?.data}` !== `${data}`,
    );
    expect(changed.map(([, { role }]) => role)).toEqual(changed.map(() => 'bias'));
    expect(changed.length).toBeGreaterThan(1);
  });
});
