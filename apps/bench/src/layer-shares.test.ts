import { bind, startTensorBackend } from '@rheobase/execution';
import { vggSmall } from '@rheobase/models';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { spikingForward } from '@rheobase/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolutionsOfSpikes, layerShares } from './layer-shares.js';
import { measureSparseConvolutions, type SparseMeasurement } from './measure-sparse-convolutions.js';
import { steadyTraining } from './steady-training.js';
import { spikingAtRate } from './threshold-at-rate.js';
import { batchFor } from './training-task.js';

const [steps, rate] = [2, 0.2];

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

function spikingNetwork() {
  const source = vggSmall({ pooling: 'average', seed: 0 });
  const { images, shape } = batchFor(source, 4);
  return spikingAtRate(source, { images, shape }, { rate, steps });
}

describe('a step of training through time', () => {
  it('is taken again and again, and shows what each convolution of spikes sees', async () => {
    const spiking = spikingNetwork();
    const batch = batchFor(spiking, 4);
    const step = steadyTraining(bind(spiking), batch, { forward: spikingForward({ steps, surrogate: 'rectangle' }) });
    await step(batch);
    const shares = await layerShares(spiking, () => step(batch));
    expect(shares.map(({ node }) => node)).toEqual(convolutionsOfSpikes(spiking));
    const convolutions = spiking.nodes.filter(({ op }) => op === 'conv2d').length;
    // The first sees images.
    expect(shares).toHaveLength(convolutions - 1);
    for (const { input, gradient } of shares) {
      expect(input).toBeGreaterThan(0);
      expect(input).toBeLessThan(1);
      expect(gradient).toBeGreaterThan(0);
      expect(gradient).toBeLessThan(1);
    }
    await step(batch);
  });

  it('is measured kernel by kernel at each density', () => {
    const spiking = spikingNetwork();
    const measured: SparseMeasurement[] = [];
    measureSparseConvolutions(spiking, { images: 2, densities: [0.1, 0.5], rounds: 1 }, (own) => measured.push(own));
    const nodes = new Set(measured.flatMap((own) => own.nodes));
    expect([...nodes].toSorted()).toEqual(convolutionsOfSpikes(spiking).toSorted());
    for (const { kernel, density, gigaflops } of measured) {
      expect(gigaflops.dense).toBeGreaterThan(0);
      if (kernel === 'input gradient') expect(gigaflops.sparse).toBeUndefined();
      else expect([gigaflops.sparse ?? 0, [0.1, 0.5].includes(density)]).toEqual([expect.any(Number), true]);
    }
  });
});
