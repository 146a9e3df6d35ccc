import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleImages, exampleTask } from './conformance/example-task.js';
import { candidatesOf, spike } from './spike.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const { network } = exampleTask('source', 4);
const images = exampleImages(16, 7);

describe('spike', () => {
  it('keeps what came nearest to the source network of all that was tried, and leaves no tensor', async () => {
    const before = memory().numTensors;
    const told: string[] = [];
    const {
      network: spiking,
      tried,
      neuron,
      distance,
    } = await spike(network, images, {
      steps: 4,
      onTried: ({ method }) => told.push(method),
    });
    expect(memory().numTensors).toBe(before);
    expect(told).toEqual(tried.map(({ method }) => method));
    expect(distance).toBe(Math.min(...tried.map((one) => one.distance)));
    expect(distance).toBeLessThan(0.01);
    expect(spiking.nodes.find(({ op }) => op === 'neuron')).toMatchObject({ neuron: { kind: neuron } });
    expect(new Set(tried.map(({ spikes }) => spikes))).toEqual(new Set(['binary', 'signed', 'several values']));
  });

  it('tries neurons with as many thresholds as it is told, and only one way with little effort', async () => {
    const single = await spike(network, images, { steps: 8, thresholdsPerNeuron: 1 });
    expect(single.tried.every(({ spikes }) => spikes === 'signed')).toBe(true);
    expect(candidatesOf({ steps: 4, effort: 'fast' })).toHaveLength(1);
    const several = candidatesOf({ steps: 4, thresholdsPerNeuron: 3 });
    expect(several.every(({ options }) => options['levels'] === 3)).toBe(true);
  });

  it('refuses too few images, and steps and thresholds that there cannot be', async () => {
    await expect(spike(network, exampleImages(7, 1), { steps: 4 })).rejects.toThrow(/at least 8 images, not 7/);
    await expect(spike(network, images, { steps: 0 })).rejects.toThrow(/T must be an integer of at least 1/);
    await expect(spike(network, images, { steps: 4, thresholdsPerNeuron: 8 })).rejects.toThrow(/must be 1 to 7, not 8/);
  });
});
