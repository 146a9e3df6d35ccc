import type { Network } from '@rheobase/network';
import { float32Parameter, networkBuilder, scalarParameter, sizeOf } from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import { limitTensorMemory } from '@rheobase/tfjs-wasm-training';
import {
  clipSite,
  integrateAndFireSite,
  networkArbitrary,
  quantClipSite,
  randomFeatures,
  reluSite,
} from '@rheobase/testing';
import { memory, profile, tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchTooLargeError } from './batch-too-large.js';
import { bind } from './bind.js';
import { fittingBatch, planMemory } from './memory-plan.js';
import { inputsFor } from './random-inputs.fixture.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());
afterEach(() => limitTensorMemory(2 ** 32));

/** Peak bytes of tensors while some code runs, excluding those that existed before. */
async function peakBytes(code: () => void): Promise<number> {
  const before = memory().numBytes;
  const { peakBytes: most } = await profile(() => {
    tidy(() => {
      code();
      // Ensures that there is always a kernel that counts the existing tensors.
      zeros([1]);
    });
    return [];
  });
  return most - before;
}

/** Consecutive layers, `[8, 8, 4]` each. */
function chain(layers: number, site: 'relu' | 'if'): Network {
  const build = networkBuilder();
  let at = build.input('x', [8, 8, 4]);
  for (let layer = 0; layer < layers; layer++) {
    at = build.conv2d(`conv${layer}`, at, {
      weight: float32Parameter('weight', [1, 1, 4, 4], new Float32Array(16).fill(0.25)),
    });
    at =
      site === 'relu'
        ? build.activation(`site${layer}`, at, { kind: 'relu' })
        : build.neuron(`site${layer}`, at, {
            kind: 'if',
            parameters: {
              threshold: scalarParameter('threshold', 1),
              initialPotential: scalarParameter('initialPotential', 0.5),
            },
          });
  }
  build.output('y', at);
  return build.build();
}

const images = 3;
/** Bytes of temporary per-channel numbers and scalars. */
const ownBytes = 128;
const valueBytes = images * 8 * 8 * 4 * 4;

async function peakOf(network: Network, record: readonly string[] = []): Promise<number> {
  const bound = bind(network);
  const { batch } = inputsFor(network, images, 1);
  const isSpiking = bound.neurons.size > 0;
  const peak = await peakBytes(() => {
    if (isSpiking) bound.simulate(batch, { steps: 3 });
    else disposeResult(bound.run(batch, { record }));
  });
  batch.dispose();
  bound.dispose();
  return peak;
}

describe('a bound network', () => {
  it('plans its memory by the neurons that it was bound with', () => {
    const build = networkBuilder();
    const parameters = {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    };
    const site = build.neuron('site', build.input('image', [64, 64, 64]), { kind: 'own-if', parameters });
    build.output('out', site);
    const network = build.build();
    const neurons = defaultNeurons.with(['own-if', { ...defaultNeurons.get('if'), kind: 'own-if' }]);
    const bound = bind(network, { neurons });
    const fitting = bound.fittingBatch({ most: 1000 });
    bound.dispose();
    expect(fitting).toBe(fittingBatch(network, { most: 1000, neurons }));
    expect(fitting).toBeGreaterThan(fittingBatch(network, { most: 1000 }));
  });
});

describe('the memory of a run', () => {
  it('does not grow with the depth of the network, but with what is recorded', async () => {
    const [shallow, deep] = [await peakOf(chain(3, 'relu')), await peakOf(chain(12, 'relu'))];
    expect(deep).toBe(shallow);
    expect(deep).toBeLessThan(4 * valueBytes);
    const recorded = await peakOf(
      chain(12, 'relu'),
      Array.from({ length: 12 }, (_, layer) => `site${layer}`),
    );
    expect(recorded).toBeGreaterThanOrEqual(12 * valueBytes);
  });

  it('grows over time steps by the states alone, one for each neuron', async () => {
    const [shallow, deep] = [await peakOf(chain(3, 'if')), await peakOf(chain(12, 'if'))];
    expect((deep - shallow) / valueBytes).toBeCloseTo(9, 5);
    expect(deep).toBeLessThan((12 + 10) * valueBytes);
  });
});

describe('planMemory', () => {
  it('is above what a run takes on random networks, and not far above', async () => {
    const networks = fc.oneof(
      ...[reluSite, clipSite, quantClipSite(4), integrateAndFireSite].map((site) =>
        networkArbitrary({ site, features: [...randomFeatures, 'gather', 'analogHead'] }),
      ),
    );
    let [planned, taken] = [0, 0];
    await fc.assert(
      fc.asyncProperty(networks, async (network) => {
        const { bytesPerImage, node } = planMemory(network);
        const peak = await peakOf(network);
        const inputs = network.nodes.flatMap((node) => (node.op === 'input' ? [sizeOf(node.shape)] : []));
        const inputBytes = 4 * images * inputs.reduce((sum, size) => sum + size, 0);
        expect(images * bytesPerImage, `at ${node}`).toBeGreaterThanOrEqual(peak + inputBytes - ownBytes);
        planned += images * bytesPerImage;
        taken += peak + inputBytes;
      }),
      { numRuns: 60, seed: 4 },
    );
    expect(planned / taken).toBeLessThan(3);
  });

  it.each(defaultNeurons.names)('covers the states of %s', async (kind) => {
    const build = networkBuilder();
    const { parameters, attributes } = defaultNeurons.get(kind);
    const neuron = build.neuron('n', build.input('x', [64]), {
      kind,
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([part, { role }]) => [part, scalarParameter(role, 0.5)]),
      ),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { integer, minimum = 0 }]) => [
          name,
          integer ? 4 : Math.max(0.5, minimum),
        ]),
      ),
    });
    build.output('y', neuron);
    const network = build.build();
    expect(images * planMemory(network).bytesPerImage).toBeGreaterThanOrEqual(await peakOf(network));
  });
});

describe('fittingBatch', () => {
  it('is the most that was asked for where that fits, what fits otherwise, and one image at least', () => {
    const network = chain(3, 'relu');
    const { bytesPerImage, parameterBytes } = planMemory(network);
    expect(fittingBatch(network, { most: 50 })).toBe(50);
    const memoryBytes = (7.5 * bytesPerImage + parameterBytes) / 0.6;
    expect(fittingBatch(network, { most: 50, memoryBytes })).toBe(7);
    expect(fittingBatch(network, { most: 50, memoryBytes: 1 })).toBe(1);
    expect(fittingBatch(network, { most: Infinity })).toBe(Math.floor(2 ** 30 / bytesPerImage));
  });
});

describe('a batch that does not fit', () => {
  it.each(['relu', 'if'] as const)(
    'is refused with the number of images to try, and smaller ones run as before (%s)',
    (site) => {
      const network = chain(4, site);
      const bound = bind(network);
      const outputOf = (count: number): ArrayLike<number> => {
        const batch = tensor(new Float32Array(count * 256).fill(0.7), [count, 8, 8, 4]);
        try {
          if (site === 'if') return [...bound.simulate(batch, { steps: 2 }).outputs.values()][0]?.data ?? [];
          const result = bound.run(batch);
          const values = [...result.outputs.values()][0]?.dataSync() ?? [];
          disposeResult(result);
          return values;
        } finally {
          batch.dispose();
        }
      };
      const few = Array.from(outputOf(4));
      // The inputs alone still fit.
      limitTensorMemory(2 ** 20 * 96);
      const tensors = memory().numTensors;
      const refused = (): unknown => outputOf(60_000);
      expect(refused).toThrow(BatchTooLargeError);
      expect(refused).toThrow(
        /Out of memory: a batch of 60000 images needs more.* Take a smaller batch: \d+ images at a time\.$/,
      );
      expect(memory().numTensors).toBe(tensors);
      expect(Array.from(outputOf(4))).toEqual(few);
      bound.dispose();
    },
  );
});
