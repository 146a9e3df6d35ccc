import type { Network, NeuronDefinition } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import { tanhSurrogate, triangleSurrogate } from '@rheobase/neurons';
import { builtInNeurons, expectClose, networkArbitrary, neuronSite, randomFeatures } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, square, sum, tidy, variableGrads } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { inputsFor } from './random-inputs.fixture.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());
afterAll(async () => {
  await registerTrainingKernels();
});

const steps = 3;

/** Networks of one model of neurons. tfjs-wasm-training has no gradient of upsampling. */
const networksOf = (neuron: NeuronDefinition): fc.Arbitrary<Network> =>
  networkArbitrary({
    site: neuronSite([neuron], ['layer', 'channel']),
    features: randomFeatures.filter((feature) => feature !== 'upsample'),
  }).filter((network) => isSpiking(network) && network.nodes.some(({ op }) => op === 'conv2d'));

/** The squares of a network's output over time, summed, and the gradients of all its parameters. */
function valueAndGradients(network: Network, seed: number): ReadonlyMap<string, Float32Array> {
  const { batch } = inputsFor(network, 2, seed);
  const bound = bind(network);
  const nameOf = (wanted: 'input' | 'output'): string => network.nodes.find(({ op }) => op === wanted)?.name ?? '';
  const given = new Map([[nameOf('input'), { kind: 'constant', value: batch } as const]]);
  const surrogate = seed % 2 === 0 ? tanhSurrogate : triangleSurrogate;
  const { value, grads } = tidy(() =>
    variableGrads(() => {
      const output = bound.unroll(given, [nameOf('output')], { steps, surrogate }).get(nameOf('output'));
      if (output === undefined) throw new Error('no output');
      return sum(square(output.value));
    }, [...bound.live.values()]),
  );
  const read = (tensor: Tensor | undefined): Float32Array => Float32Array.from(tensor?.dataSync() ?? []);
  const gradients = [...bound.live].map(([name, live]) => [name, read(grads[live.name])] as const);
  const results = new Map([['value', read(value)] as const, ...gradients]);
  dispose([value, grads]);
  batch.dispose();
  bound.dispose();
  return results;
}

describe('a network over time', () => {
  for (const neuron of builtInNeurons.filter(({ dynamics }) => dynamics?.growth === undefined)) {
    it(`of ${neuron.kind} has the same value and gradients by the kernels that skip zeros as by the dense ones`, async () => {
      let different = 0;
      await fc.assert(
        fc.asyncProperty(networksOf(neuron), fc.noShrink(fc.nat()), async (network, seed) => {
          await registerTrainingKernels({ sparseConvolutions: false });
          const dense = valueAndGradients(network, seed);
          await registerTrainingKernels();
          const sparse = valueAndGradients(network, seed);
          for (const [name, expected] of dense) {
            const own = sparse.get(name) ?? new Float32Array();
            // Sums of thousands of gradients: of the size of the largest.
            const scale = Math.max(1, ...expected.map(Math.abs));
            expectClose(own, expected, { absolute: 1e-4 * scale, relative: 1e-3 });
            if (own.some((value, i) => value !== expected[i])) different++;
          }
        }),
        { numRuns: 8, seed: 17 },
      );
      // Roundings show that these were not the same kernels.
      expect(different).toBeGreaterThan(0);
    });
  }
});
