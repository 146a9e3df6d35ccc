import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import { tanhSurrogate } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import {
  expectClose,
  integrateAndFireSite,
  networkArbitrary,
  quantClipSite,
  randomFeatures,
  withRandomStepBiases,
} from '@rheobase/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, scalar, sum, tensor, tidy, variable, variableGrads } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { meanOverTime } from './over-time.js';
import type { OverTime } from './over-time.js';
import { inputsFor } from './random-inputs.fixture.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const spikingNetworks = networkArbitrary({
  site: integrateAndFireSite,
  features: [...randomFeatures, 'gather', 'analogHead'],
})
  .filter(isSpiking)
  .map((network) => (network.nodes.length % 2 === 0 ? network : withRandomStepBiases(network, network.nodes.length)));

/** tfjs-wasm-training has no gradient of upsampling. */
const trainableNetworks = spikingNetworks.filter(({ nodes }) => nodes.every(({ op }) => op !== 'upsample'));

const feed = (network: Network, value: Tensor): ReadonlyMap<string, OverTime> =>
  new Map(network.nodes.flatMap(({ op, name }) => (op === 'input' ? [[name, { kind: 'constant', value }]] : [])));

const outputOf = ({ nodes }: Network): string => nodes.find(({ op }) => op === 'output')?.name ?? '';

describe('unroll', () => {
  it('gives what simulate gives on random networks, up to float32', () => {
    const steps = 4;
    fc.assert(
      fc.property(spikingNetworks, fc.noShrink(fc.integer()), (network, seed) => {
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const output = outputOf(network);
        const expected = bound.simulate(batch, { steps }).outputs.get(output)?.data ?? new Float32Array();
        tidy(() => {
          const value = bound.unroll(feed(network, batch), [output], { steps }).get(output);
          if (value === undefined) throw new Error('no output');
          expectClose(
            meanOverTime(value, steps).dataSync(),
            expected.subarray((expected.length * (steps - 1)) / steps),
            {
              absolute: 1e-4,
              relative: 1e-4,
            },
          );
        });
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('goes on from any neuron as if the nodes behind it had run', () => {
    fc.assert(
      fc.property(spikingNetworks, fc.noShrink(fc.integer()), (network, seed) => {
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const names = network.nodes.filter(({ op }) => op !== 'input').map(({ name }) => name);
        tidy(() => {
          const all = bound.unroll(feed(network, batch), names, { steps: 3 });
          for (const node of network.nodes) {
            if (node.op === 'input') continue;
            const before = new Map(
              node.inputs.map((name) => [name, all.get(name) ?? ({ kind: 'constant', value: batch } as const)]),
            );
            const alone = bound.unroll(before, [node.name], { steps: 3 }).get(node.name);
            expect(alone?.kind).toBe(all.get(node.name)?.kind);
            expect(Array.from(alone?.value.dataSync() ?? [])).toEqual(
              Array.from(all.get(node.name)?.value.dataSync() ?? []),
            );
          }
        });
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 20, seed: 6 },
    );
  });

  it('has gradients for every live parameter and slope behind the loss, and leaves no tensor behind', () => {
    fc.assert(
      fc.property(trainableNetworks, fc.noShrink(fc.integer()), (network, seed) => {
        const before = memory().numTensors;
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const neuron = network.nodes.find(({ op }) => op === 'neuron')?.name ?? '';
        const slope = tidy(() => variable(scalar(2.5)));
        const output = outputOf(network);
        tidy(() => {
          const { grads } = variableGrads(() => {
            const slopes = new Map([[neuron, slope]]);
            const value = bound
              .unroll(feed(network, batch), [output], { steps: 3, surrogate: tanhSurrogate, slopes })
              .get(output);
            if (value === undefined) throw new Error('no output');
            return sum(meanOverTime(value, 3));
          }, [...bound.live.values(), slope]);
          for (const [name, live] of bound.live) {
            expect(grads[live.name]?.shape ?? live.shape, name).toEqual(live.shape);
            expect(Array.from(grads[live.name]?.dataSync() ?? []).every(Number.isFinite), name).toBe(true);
          }
        });
        slope.dispose();
        batch.dispose();
        bound.dispose();
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  it('names an input that was not given, a node that does not exist, and rows that are no steps of a batch', () => {
    const network = fc.sample(spikingNetworks, { numRuns: 1, seed: 1 })[0];
    if (network === undefined) throw new Error('no network');
    const bound = bind(network);
    expect(() => bound.unroll(new Map(), [outputOf(network)], { steps: 2 })).toThrow(/this input was given no value/);
    expect(() => bound.unroll(new Map(), ['nowhere'], { steps: 2 })).toThrow(/There is no node 'nowhere'/);
    const neuron = network.nodes.find(({ op }) => op === 'neuron')?.name ?? '';
    const value = tensor([1, 2, 3]);
    expect(() =>
      bound.unroll(new Map([[neuron, { kind: 'changing', value }]]), [outputOf(network)], { steps: 2 }),
    ).toThrow(/3 rows, which are not 2 time steps/);
    expect(() => bound.unroll(new Map(), [], { steps: 0 })).toThrow(/integer of at least 1, not 0/);
    value.dispose();
    bound.dispose();
  });
});

describe('runPart', () => {
  it('gives what run gives, from any node on', () => {
    const networks = networkArbitrary({ site: quantClipSite(4), features: randomFeatures });
    fc.assert(
      fc.property(networks, fc.noShrink(fc.integer()), (network, seed) => {
        const before = memory().numTensors;
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const names = network.nodes.map(({ name }) => name);
        const whole = bound.run(batch, { record: names });
        tidy(() => {
          for (const node of network.nodes) {
            if (node.op === 'input') continue;
            const given = new Map(node.inputs.map((name) => [name, whole.recorded.get(name) ?? batch]));
            const value = bound.runPart(given, [node.name]).get(node.name);
            expect(Array.from(value?.dataSync() ?? [])).toEqual(
              Array.from(whole.recorded.get(node.name)?.dataSync() ?? []),
            );
          }
        });
        disposeResult(whole);
        batch.dispose();
        bound.dispose();
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 30, seed: 8 },
    );
  });
});
