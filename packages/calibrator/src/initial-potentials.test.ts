import { toSpiking } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { nodeOf, parameterOf } from '@rheobase/network';
import { referenceForward, referenceSimulate } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { initialPotentials } from './initial-potentials.js';
import { residualSites, residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const potentialOf = (network: Network, site: string) => {
  const node = nodeOf(network, site);
  if (node.op !== 'neuron') throw new Error(`${site} is no neuron`);
  return parameterOf(network, node.neuron.parameters['initialPotential'] ?? '');
};

describe('initial potentials', () => {
  it('add T times the mean gap to V(0), neuron by neuron, each site behind those that are calibrated', async () => {
    const task = taskOf(residualSource(5), 3, { images: 4 });
    const { network, sites } = await calibrate(task, initialPotentials(), { seed: 1 });
    expect(sites.map(({ site }) => site)).toEqual(residualSites);
    const pixels = task.calibration.images.length / 4;
    const images = Array.from({ length: 4 }, (_, n) => task.calibration.images.subarray(n * pixels, (n + 1) * pixels));

    // Sites before have their final V(0), those from here on that of the conversion.
    let reached = task.spiking;
    for (const site of residualSites) {
      const gap = new Float64Array(potentialOf(network, site).data.length);
      for (const image of images) {
        const target = referenceForward(task.quantized, image).get(site) ?? [];
        const steps = referenceSimulate(reached, image, 3).values.get(site) ?? [];
        for (let i = 0; i < gap.length; i++) {
          const output = steps.reduce((sum, step) => sum + (step[i] ?? 0), 0) / 3;
          gap[i] = (gap[i] ?? 0) + ((target[i] ?? 0) - output) / 4;
        }
      }
      const before = potentialOf(task.spiking, site).data[0] ?? 0;
      const after = potentialOf(network, site).data;
      for (const [i, value] of gap.entries()) expect(after[i]).toBeCloseTo(before + 3 * value, 4);
      const parameters = new Map(reached.parameters);
      for (const [name, parameter] of network.parameters)
        if (name.startsWith(`${site}.`)) parameters.set(name, parameter);
      reached = { ...reached, parameters };
    }
  });

  it('refuse a neuron that has none, naming it', async () => {
    const task = taskOf(residualSource(5), 2);
    const spiking = toSpiking(task.quantized, { neuron: 'if-shift', steps: 2 });
    await expect(calibrate({ ...task, spiking }, initialPotentials(), { seed: 1 })).rejects.toThrow(
      /first: its neuron model has no initial potential/,
    );
  });
});
