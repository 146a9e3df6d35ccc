import { defaultActivations } from '@rheobase/activations';
import { calibrate, initialPotentials } from '@rheobase/calibrator';
import { defaultSiteConversions, toSpiking } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { encodeNetwork, parameterOf } from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleTask } from './conformance/example-task.js';
import type { TaskWithImages } from './define-method.js';
import { outputError } from './output-error.js';
import { recordedThresholds } from './recorded-thresholds.js';
import { advancedSnnCalibration, lightSnnCalibration } from './snn-calibration.js';
import { twoStage } from './two-stage.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

function task(network: 'source' | 'quantized', steps: number): TaskWithImages {
  const { images, ...rest } = exampleTask(network, steps);
  if (images === undefined) throw new Error('The example has no images.');
  return { ...rest, images };
}

describe('SNN calibration', () => {
  it('brings the outputs nearer to the source’s than the same thresholds without it, both pipelines', async () => {
    const given = task('source', 3);
    const thresholds = await recordedThresholds(given, { kind: 'least-squares', levels: 3 });
    const uncalibrated = toSpiking(given.network, { thresholds, initialPotential: 'shift', steps: 3 });
    const errorOf = (network: typeof uncalibrated) => outputError(given.network, network, given.images.calibration, 3);
    const light = await lightSnnCalibration.convert(given, {});
    const advanced = await advancedSnnCalibration.convert(given, { weightEpochs: 0 });
    expect(errorOf(light.network)).toBeLessThan(errorOf(uncalibrated));
    expect(errorOf(advanced.network)).toBeLessThan(errorOf(uncalibrated));
  });

  it('changes biases in the light pipeline, and potentials and weights in the advanced one', async () => {
    const given = task('source', 3);
    const light = await lightSnnCalibration.convert(given, {});
    const advanced = await advancedSnnCalibration.convert(given, { weightEpochs: 3, learningRate: 0.01 });
    const changed = (network: typeof given.network, name: string): boolean =>
      `${parameterOf(network, name).data}` !== `${parameterOf(given.network, name).data}`;
    expect(['conv2.bias', 'conv2.weight'].map((name) => changed(light.network, name))).toEqual([true, false]);
    expect(['conv2.bias', 'conv2.weight'].map((name) => changed(advanced.network, name))).toEqual([false, true]);
    expect(parameterOf(advanced.network, 'b.initialPotential').shape).toEqual([4, 4, 3]);
  });
});

describe('the two-stage method', () => {
  it('is the calibrator’s initial potentials, with no epochs', async () => {
    const given = task('quantized', 3);
    const { calibration, heldOut } = given.images;
    const own = await twoStage.convert(given, { epochs: 0 });
    const { network } = await calibrate(
      { quantized: given.network, spiking: toSpiking(given.network), steps: 3, calibration, heldOut },
      initialPotentials(),
      { seed: 5 },
    );
    expect(`${encodeNetwork(own.network)}`).toBe(`${encodeNetwork(network)}`);
  });

  it('takes the pass whose outputs are nearest on the held-out images: never a worse one than the first', async () => {
    const given = task('quantized', 3);
    const first = await twoStage.convert(given, { epochs: 0 });
    const all = await twoStage.convert(given, { epochs: 6, batchSize: 6, learningRate: 0.01 });
    const errorOf = (network: typeof given.network) => outputError(given.network, network, given.images.heldOut, 3);
    expect(errorOf(all.network)).toBeLessThanOrEqual(errorOf(first.network));
  });

  it('takes activations and neurons from the task’s registries, to calibrate and to choose', async () => {
    const given = task('quantized', 3);
    const nodes = given.network.nodes.map((node) =>
      node.op === 'activation' ? { ...node, activation: { ...node.activation, kind: 'own-clip' } } : node,
    );
    const { meaning } = defaultSiteConversions.get('quant-clip');
    const own = {
      ...given,
      network: { ...given.network, nodes },
      registries: {
        activations: defaultActivations.with([
          'own-clip',
          { ...defaultActivations.get('quant-clip'), kind: 'own-clip' },
        ]),
        siteConversions: defaultSiteConversions.with(['own-clip', { activation: 'own-clip', meaning }]),
      },
    };
    const few = { epochs: 1, batchSize: 6 };
    const [usual, plugged] = [await twoStage.convert(given, few), await twoStage.convert(own, few)];
    expect(`${encodeNetwork(plugged.network)}`).toBe(`${encodeNetwork(usual.network)}`);

    const neurons = defaultNeurons.with(['own-if', { ...defaultNeurons.get('if'), kind: 'own-if' }]);
    const renamed = usual.network.nodes.map((node) =>
      node.op === 'neuron' ? { ...node, neuron: { ...node.neuron, kind: 'own-if' } } : node,
    );
    const errorOf = (network: typeof given.network, registries = {}) =>
      outputError(given.network, network, given.images.heldOut, 3, registries);
    expect(errorOf({ ...usual.network, nodes: renamed }, { neurons })).toBe(errorOf(usual.network));
  });

  it('stops where its signal says so', async () => {
    const controller = new AbortController();
    const stopped = twoStage.convert(
      { ...task('quantized', 3), signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) },
      {},
    );
    await expect(stopped).rejects.toThrow('enough');
  });
});
