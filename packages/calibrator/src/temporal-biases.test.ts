import { thresholdsPerChannel, withNeuron } from '@rheobase/converter';
import { bind, startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import {
  decodeNetwork,
  encodeNetwork,
  float32Parameter,
  inferShapes,
  nodeOf,
  parameterOf,
  shapeAt,
} from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import type { CalibrationState } from './calibration-store.js';
import { layerWeights } from './layer-weights.js';
import { layerwiseBptt } from './layerwise-bptt.js';
import { meanSquaredError } from './mean-squared-error.js';
import { temporalBiases } from './temporal-biases.js';
import { residualSites, residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const biasOf = (network: Network, site: string) => {
  const node = nodeOf(network, site);
  const name = node.op === 'neuron' ? node.stepBias : undefined;
  return name === undefined ? undefined : parameterOf(network, name);
};

/** The network with less current at the site `inner`. */
function withLostBias(network: Network): Network {
  const lost = float32Parameter(
    'bias',
    [4],
    [...parameterOf(network, 'conv2.bias').data].map((x) => x - 0.4),
  );
  return { ...network, parameters: new Map(network.parameters).set('conv2.bias', lost) };
}

describe('forward temporal bias correction', () => {
  it('brings sites nearer to their targets with a bias [T, C], and touches nothing else', async () => {
    const task = taskOf(residualSource(3), 4, { images: 24, heldOut: 12 });
    const { network, sites } = await calibrate(task, temporalBiases(), { seed: 1 });
    const [before, after] = (['before', 'after'] as const).map((when) =>
      sites.reduce((sum, { heldOutLoss }) => sum + (heldOutLoss?.[when] ?? Number.NaN), 0),
    );
    expect(after).toBeLessThan(0.97 * (before ?? Number.NaN));
    const biased = residualSites.filter((site) => biasOf(network, site) !== undefined);
    expect(biased.length).toBeGreaterThan(1);
    const shapes = inferShapes(network);
    for (const site of biased) {
      expect(biasOf(network, site)?.shape).toEqual([4, shapeAt(shapes, site).at(-1)]);
      expect(sites.find((report) => report.site === site)?.trainedParameters).toBe(biasOf(network, site)?.data.length);
    }
    for (const [name, { data }] of task.spiking.parameters) expect(parameterOf(network, name).data).toEqual(data);
  });

  it('moves the mean output of each step by the rate towards the mean activation', async () => {
    const task = taskOf(residualSource(3), 2, { images: 24, heldOut: 12 });
    const [given] = [biasOf(task.spiking, 'inner')];
    expect(given).toBeUndefined();
    const outputs = async (network: Network): Promise<number[]> => {
      const bound = bind(network);
      const images = tensor(task.calibration.images, [...task.calibration.shape]);
      const { records } = bound.simulate(images, { steps: 2, probes: [{ kind: 'mean-value', node: 'inner' }] });
      images.dispose();
      bound.dispose();
      return [...(records[0]?.data ?? [])];
    };
    const spiking = withLostBias(task.spiking);
    const { network } = await calibrate({ ...task, spiking }, temporalBiases({ iterations: 20 }), { seed: 1 });
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [right, wrong, corrected] = [await outputs(task.spiking), await outputs(spiking), await outputs(network)].map(
      mean,
    );
    expect(Math.abs((corrected ?? 0) - (right ?? 0))).toBeLessThan(0.3 * Math.abs((wrong ?? 0) - (right ?? 0)));
  });

  it('goes on from a step bias that is there, keeps its further rows, and leaves one that several sites share to the others', async () => {
    const task = taskOf(residualSource(3), 2);
    const shared = float32Parameter(
      'bias',
      [3, 4],
      Array.from({ length: 12 }, (_, i) => i / 100),
    );
    const spiking: Network = {
      ...task.spiking,
      nodes: task.spiking.nodes.map((node) =>
        node.op === 'neuron' && ['first', 'inner'].includes(node.name) ? { ...node, stepBias: 'shared' } : node,
      ),
      parameters: new Map(task.spiking.parameters).set('shared', shared),
    };
    const { network } = await calibrate({ ...task, spiking }, temporalBiases({ rate: 0.01 }), { seed: 1 });
    for (const site of ['first', 'inner']) expect(biasOf(network, site)?.data.slice(8)).toEqual(shared.data.slice(8));
  });

  it('comes before and after BPTT, which trains it too, with signed neurons and θ per channel', async () => {
    const task = taskOf(residualSource(3), 3, { images: 16, heldOut: 8 });
    const spiking = thresholdsPerChannel(withNeuron(withLostBias(task.spiking), { kind: 'compensating-if' }));
    const once = await calibrate({ ...task, spiking }, temporalBiases(), { seed: 1 });
    const trained = await calibrate(
      { ...task, spiking: once.network },
      layerwiseBptt({ loss: meanSquaredError, epochs: 10, learningRate: 3e-3 }),
      { seed: 1 },
    );
    const moved = residualSites.filter((site) => {
      const [was, is] = [biasOf(once.network, site)?.data, biasOf(trained.network, site)?.data];
      return was !== undefined && String(was) !== String(is);
    });
    expect(moved.length).toBeGreaterThan(0);
    const again = await calibrate({ ...task, spiking: trained.network }, temporalBiases(), { seed: 1 });
    for (const { heldOutLoss } of again.sites) {
      expect(heldOutLoss?.after).toBeLessThanOrEqual(heldOutLoss?.before ?? Number.NaN);
    }
    for (const site of residualSites) {
      const node = nodeOf(again.network, site);
      const theta =
        node.op === 'neuron' ? parameterOf(again.network, node.neuron.parameters['threshold'] ?? '') : undefined;
      expect(theta?.shape).toHaveLength(1);
      expect(node.op === 'neuron' && node.neuron.kind).toBe('compensating-if');
    }
    // What a file keeps is the same network.
    const read = decodeNetwork(encodeNetwork(again.network), 'calibrated.safetensors');
    for (const site of residualSites) expect(biasOf(read, site)).toEqual(biasOf(again.network, site));
  });

  it('ends with the same bytes when it is stopped after each site and resumed', async () => {
    const task = taskOf(residualSource(3), 3, { images: 16, heldOut: 8 });
    const method = temporalBiases({ iterations: 3, batchSize: 5 });
    const whole = await calibrate(task, method, { seed: 4 });
    let kept: CalibrationState | undefined;
    const store = {
      name: 'memory',
      load: async () =>
        kept && { ...kept, network: decodeNetwork(encodeNetwork(kept.network), 'calibrated.safetensors') },
      save: async (state: CalibrationState) => void (kept = state),
    };
    let [completed, runs] = [false, 0];
    for (; !completed; runs++) {
      const controller = new AbortController();
      const { completed: done } = await calibrate(task, method, {
        seed: 4,
        store,
        signal: controller.signal,
        onProgress: ({ report }) => report && controller.abort(),
      });
      completed = done;
    }
    expect(runs).toBeGreaterThan(residualSites.length - 1);
    expect(String(encodeNetwork(kept?.network ?? task.spiking))).toBe(String(encodeNetwork(whole.network)));
  });

  it('refuses options out of range, and calibrating weights where there is a step bias', async () => {
    expect(() => temporalBiases({ rate: 0 })).toThrow(/'rate' of temporalBiases is 0; it must be above 0/);
    expect(() => temporalBiases({ iterations: 0 })).toThrow(/'iterations' of temporalBiases is 0/);
    expect(() => temporalBiases({ batchSize: 1.5 })).toThrow(/'batchSize' of temporalBiases is 1.5/);
    const task = taskOf(residualSource(3), 2);
    const { network } = await calibrate(task, temporalBiases(), { seed: 1 });
    await expect(calibrate({ ...task, spiking: network }, layerWeights({ epochs: 1 }), { seed: 1 })).rejects.toThrow(
      /it has a step bias.*calibrate weights before ftbc/,
    );
  });
});
