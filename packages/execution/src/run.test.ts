import { defaultActivations } from '@rheobase/activations';
import { float32Parameter, networkBuilder, NetworkError, noPadding } from '@rheobase/network';
import {
  clipSite,
  expectClose,
  networkArbitrary,
  quantClipSite,
  randomFeatures,
  reluSite,
  referenceForward,
} from '@rheobase/testing';
import { memory, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { inputsFor } from './random-inputs.fixture.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

const references = Object.fromEntries(
  defaultActivations.names.map((name) => [name, defaultActivations.get(name).reference]),
);

describe('run', () => {
  it('equals the slow reference at every node of random networks with every operation', () => {
    const networks = fc.oneof(
      ...[reluSite, clipSite].map((site) =>
        networkArbitrary({ site, features: [...randomFeatures, 'depthToSpace', 'gather', 'analogHead'] }),
      ),
    );
    fc.assert(
      fc.property(networks, fc.noShrink(fc.integer()), (network, seed) => {
        const { images, batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const names = network.nodes.map((node) => node.name);
        const result = bound.run(batch, { record: names });
        const expected = images.map((image) => referenceForward(network, image, references));
        for (const name of names) {
          const values = expected.flatMap((image) => Array.from(image.get(name) ?? []));
          expectClose(result.recorded.get(name)?.dataSync() ?? [], values, { absolute: 1e-4, relative: 1e-4 });
        }
        disposeResult(result);
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('leaves no tensor behind', () => {
    const before = memory().numTensors;
    fc.assert(
      fc.property(networkArbitrary({ site: quantClipSite(4) }), fc.integer(), (network, seed) => {
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        disposeResult(bound.run(batch, { record: [network.nodes[1]?.name ?? 'input'] }));
        disposeResult(bound.run(batch, { mode: { kind: 'training', random: xoroshiro128plus(seed) } }));
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 20, seed: 2 },
    );
    expect(memory().numTensors).toBe(before);
  });

  it('normalizes by the batch while training, and by running statistics otherwise or where it is told to', () => {
    const builder = networkBuilder();
    const x = builder.input('x', [1]);
    const one = (role: 'scale' | 'bias' | 'statistic', value: number) => float32Parameter(role, [1], [value]);
    const normalized = builder.batchNorm('bn', x, {
      scale: one('scale', 2),
      offset: one('bias', 1),
      mean: one('statistic', 5),
      variance: one('statistic', 4),
      epsilon: 0,
    });
    builder.output('y', normalized);
    const bound = bind(builder.build());
    const batch = tensor([1, 3], [2, 1]);
    const trained = bound.run(batch, { mode: { kind: 'training', random: xoroshiro128plus(0) } });
    expectClose(trained.outputs.get('y')?.dataSync() ?? [], [-1, 3], { absolute: 1e-6 });
    expectClose(trained.statistics.get('bn')?.mean.dataSync() ?? [], [2], { absolute: 1e-6 });
    expectClose(trained.statistics.get('bn')?.variance.dataSync() ?? [], [1], { absolute: 1e-6 });
    const evaluated = bound.run(batch);
    expectClose(evaluated.outputs.get('y')?.dataSync() ?? [], [-3, -1], { absolute: 1e-6 });
    const frozen = bound.run(batch, {
      mode: { kind: 'training', random: xoroshiro128plus(0), batchNorms: 'running' },
    });
    expect(frozen.outputs.get('y')?.dataSync()).toEqual(evaluated.outputs.get('y')?.dataSync());
    expect(frozen.statistics.size).toBe(0);
    for (const result of [trained, evaluated, frozen]) disposeResult(result);
    batch.dispose();
    bound.dispose();
  });

  it('refuses a batch of the wrong shape, naming the input and both shapes', () => {
    const builder = networkBuilder();
    builder.output(
      'y',
      builder.node({
        op: 'avgPool',
        name: 'pool',
        inputs: [builder.input('image', [4, 4, 1])],
        size: [2, 2],
        stride: [2, 2],
        padding: noPadding,
        divisor: 'window',
      }),
    );
    const bound = bind(builder.build());
    const batch = tensor([1, 2, 3], [1, 3]);
    expect(() => bound.run(batch)).toThrow(/image: this input takes batches \[N, 4, 4, 1\], but was given \[1, 3\]/);
    expect(() => bound.run({ picture: batch })).toThrow(NetworkError);
    batch.dispose();
    bound.dispose();
  });

  it('refuses a site whose activation is unknown, naming the node and the nearest activation', () => {
    const builder = networkBuilder();
    builder.output('y', builder.activation('site', builder.input('x', [2]), { kind: 'rellu' }));
    const network = builder.build();
    expect(() => bind(network)).toThrow(/site: .*'rellu'.*'relu'/);
  });
});

describe('snapshot', () => {
  it('gives back the very network when nothing changed, and shares what did not', () => {
    const builder = networkBuilder();
    const x = builder.input('x', [2]);
    builder.output(
      'y',
      builder.dense('fc', x, {
        weight: float32Parameter('weight', [2, 1], [1, 2]),
        bias: float32Parameter('bias', [1], [3]),
      }),
    );
    const network = builder.build();
    const bound = bind(network);
    expect(bound.snapshot()).toEqual(network);
    const moved = tensor([7], [1]);
    bound.live.get('fc.bias')?.assign(moved as never);
    moved.dispose();
    const changed = bound.snapshot();
    expect(Array.from(changed.parameters.get('fc.bias')?.data ?? [])).toEqual([7]);
    expect(changed.parameters.get('fc.weight')).toBe(network.parameters.get('fc.weight'));
    expect(Array.from(network.parameters.get('fc.bias')?.data ?? [])).toEqual([3]);
    bound.dispose();
  });
});
