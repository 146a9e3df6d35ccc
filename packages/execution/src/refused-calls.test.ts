import type { Network } from '@rheobase/network';
import { networkBuilder, scalarParameter } from '@rheobase/network';
import { defaultSurrogates } from '@rheobase/neurons';
import { limitTensorMemory } from '@rheobase/tfjs-wasm-training';
import {
  integrateAndFireSite,
  networkArbitrary,
  quantClipSite,
  randomFeatures,
  withFailingCalls,
} from '@rheobase/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import { engine, memory, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BoundNetwork } from './bind.js';
import { bind } from './bind.js';
import { inputsFor } from './random-inputs.fixture.js';
import { recordThresholds } from './record-thresholds.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());
afterEach(() => limitTensorMemory(2 ** 32));

type Call = (bound: BoundNetwork, batch: Tensor) => unknown;

const inputOf = ({ network }: BoundNetwork): string => network.nodes.find(({ op }) => op === 'input')?.name ?? '';
const outputsOf = ({ network }: BoundNetwork): readonly string[] =>
  network.nodes.flatMap(({ op, name }) => (op === 'output' ? [name] : []));

const analogCalls: Readonly<Record<string, Call>> = {
  run: (bound, batch) =>
    disposeResult(bound.run(batch, { record: bound.network.nodes.slice(0, 4).map(({ name }) => name) })),
  'run in training': (bound, batch) =>
    disposeResult(bound.run(batch, { mode: { kind: 'training', random: xoroshiro128plus(1) } })),
  runPart: (bound, batch) =>
    tidy(() => {
      bound.runPart(new Map([[inputOf(bound), batch]]), outputsOf(bound));
    }),
  recordThresholds: (bound, batch) =>
    recordThresholds(bound, [{ images: batch.dataSync<'float32'>(), shape: batch.shape }], {
      nodes: [inputOf(bound)],
      rule: { kind: 'percentile', percentile: 100 },
    }),
};

const spikingCalls: Readonly<Record<string, Call>> = {
  simulate: (bound, batch) => {
    const neurons = [...bound.neurons.keys()];
    const kinds = ['spikes', 'events', 'mean-input', 'residual-potential', 'spike-count', 'mean-value'] as const;
    bound.simulate(batch, { steps: 2, probes: kinds.flatMap((kind) => neurons.map((node) => ({ kind, node }))) });
  },
  unroll: (bound, batch) =>
    tidy(() => {
      bound.unroll(new Map([[inputOf(bound), { kind: 'constant', value: batch }]]), outputsOf(bound), {
        steps: 2,
        surrogate: defaultSurrogates.get('tanh'),
      });
    }),
  throughRates: (bound, batch) =>
    tidy(() => {
      bound.throughRates(new Map([[inputOf(bound), batch]]), outputsOf(bound), { steps: 2 });
    }),
};

/** Makes a call fail at kernels throughout its length, and expects no leaked or missing tensors. */
async function holdsTensors(network: Network, call: Call, seed: number): Promise<void> {
  const before = memory().numTensors;
  const bound = bind(network);
  const { batch } = inputsFor(network, 2, seed);
  const present = memory().numTensors;
  const { calls, thrown } = await withFailingCalls(engine(), Infinity, () => call(bound, batch));
  expect(thrown).toBeUndefined();
  expect(memory().numTensors).toBe(present);
  const stride = Math.max(1, Math.floor(calls / 12));
  for (let allowed = seed % stride; allowed < calls; allowed += stride) {
    const failed = await withFailingCalls(engine(), allowed, () => call(bound, batch));
    expect(String(failed.thrown)).toContain(`number ${allowed + 1} fails`);
    expect(memory().numTensors, `after ${allowed} of ${calls} kernels`).toBe(present);
    expect(batch.isDisposed).toBe(false);
  }
  batch.dispose();
  bound.dispose();
  expect(memory().numTensors).toBe(before);
}

describe('a call that fails at any kernel', () => {
  it.each(Object.entries(analogCalls))('leaves the tensors that were there: %s', async (_, call) => {
    const networks = networkArbitrary({ site: quantClipSite(4), features: randomFeatures });
    await fc.assert(
      fc.asyncProperty(networks, fc.nat(1000), (network, seed) => holdsTensors(network, call, seed)),
      { numRuns: 4, seed: 5 },
    );
  });

  it.each(Object.entries(spikingCalls))('leaves the tensors that were there: %s', async (_, call) => {
    const networks = networkArbitrary({ site: integrateAndFireSite, features: randomFeatures }).filter(({ nodes }) =>
      nodes.some(({ op }) => op === 'neuron'),
    );
    await fc.assert(
      fc.asyncProperty(networks, fc.nat(1000), (network, seed) => holdsTensors(network, call, seed)),
      { numRuns: 4, seed: 6 },
    );
  });
});

describe('a call that is refused', () => {
  const build = networkBuilder();
  const neuron = build.neuron(
    'neuron',
    build.node({ op: 'flatten', name: 'flat', inputs: [build.input('x', [2, 2])] }),
    {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 0),
      },
    },
  );
  build.output('y', neuron);
  const network = build.build();
  const potentials = (name: string, length: number) => new Map([[name, new Float32Array(length)]]);

  it.each<readonly [string, Call, RegExp]>([
    ['no steps', (bound, batch) => bound.simulate(batch, { steps: 0 }), /number of time steps/],
    [
      'a probe of no node',
      (bound, batch) => bound.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'no' }] }),
      /there is no such node/,
    ],
    [
      'a probe of no neuron',
      (bound, batch) => bound.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'flat' }] }),
      /needs a neuron/,
    ],
    [
      'weights that do not fit',
      (bound, batch) =>
        bound.simulate(batch, { steps: 1, probes: [{ kind: 'events', node: 'neuron', weights: new Float32Array(3) }] }),
      /has 3 weights/,
    ],
    [
      'potentials that do not fit',
      (bound, batch) => bound.simulate(batch, { steps: 1, potentials: potentials('neuron', 7) }),
      /7 potentials are given/,
    ],
    [
      'potentials of no neuron',
      (bound, batch) => bound.simulate(batch, { steps: 1, potentials: potentials('flat', 8) }),
      /it is not a neuron/,
    ],
    ['inputs by the wrong name', (bound, batch) => bound.simulate({ z: batch }, { steps: 1 }), /was given no tensor/],
    ['a spiking network to run', (bound, batch) => bound.run(batch), /call simulate, not run/],
    [
      'a part without its input',
      (bound) => tidy(() => void bound.unroll(new Map(), ['y'], { steps: 1 })),
      /was given no value/,
    ],
    [
      'a node that is none',
      (bound, batch) => tidy(() => void bound.throughRates(new Map([['x', batch]]), ['no'], { steps: 1 })),
      /no: /,
    ],
  ])('leaves the tensors that were there: %s', (_, call, message) => {
    const bound = bind(network);
    const batch = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const before = memory().numTensors;
    expect(() => call(bound, batch)).toThrow(message);
    expect(memory().numTensors).toBe(before);
    batch.dispose();
    bound.dispose();
  });

  it('leaves none where there is no room for all parameters', () => {
    const large = networkBuilder();
    let at = large.input('x', [2048]);
    for (const name of ['a', 'b', 'c', 'd']) {
      const data = new Float32Array(2048 * 2048);
      at = large.dense(name, at, { weight: { role: 'weight', type: 'float32', shape: [2048, 2048], data } });
    }
    large.output('y', at);
    limitTensorMemory(96 * 2 ** 20);
    const before = memory().numTensors;
    expect(() => bind(large.build())).toThrow(/memory is full/);
    expect(memory().numTensors).toBe(before);
  });
});
