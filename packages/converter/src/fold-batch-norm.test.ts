import { assertValid, constantParameter, float32Parameter, networkBuilder, nodeOf } from '@rheobase/network';
import type { Network } from '@rheobase/network';
import { expectClose, networkArbitrary, randomArray, referenceForward } from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from './fold-batch-norm.js';

const outputsOf = (network: Network, image: Float32Array) => {
  const values = referenceForward(network, image);
  return network.nodes.filter(({ op }) => op === 'output').map(({ name }) => values.get(name) ?? []);
};

const imageFor = (network: Network, seed: number) => {
  const input = nodeOf(network, network.nodes[0]?.name ?? '');
  if (input.op !== 'input') throw new Error('the first node is no input');
  return randomArray(xoroshiro128plus(seed), input.shape, -1, 1);
};

const norm = (channels: number, variance = 0.5) => ({
  scale: float32Parameter(
    'scale',
    [channels],
    Float32Array.from({ length: channels }, (_, c) => 1 + c),
  ),
  offset: constantParameter('bias', [channels], 0.25),
  mean: constantParameter('statistic', [channels], -0.5),
  variance: constantParameter('statistic', [channels], variance),
  epsilon: 1e-5,
});

describe('foldBatchNorm', () => {
  it('leaves what random networks compute as it was to 1e-4, residual adds, groups and missing biases included', () => {
    fc.assert(
      fc.property(networkArbitrary(), fc.integer(), (network, seed) => {
        const folded = foldBatchNorm(network);
        expect(folded.nodes.filter(({ op }) => op === 'batchNorm')).toEqual([]);
        const image = imageFor(network, seed);
        const expected = outputsOf(network, image);
        outputsOf(folded, image).forEach((output, i) => {
          expectClose(output, expected[i] ?? [], { absolute: 1e-4, relative: 1e-4 });
        });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('computes w·γ/√(σ² + ε) and β + (b − μ)·γ/√(σ² + ε)', () => {
    const build = networkBuilder();
    const input = build.input('image', [1, 1, 1]);
    const conv = build.conv2d('conv', input, {
      weight: float32Parameter('weight', [1, 1, 1, 2], [3, -4]),
      bias: float32Parameter('bias', [2], [0.5, 1]),
    });
    build.output(
      'scores',
      build.batchNorm('norm', conv, {
        scale: float32Parameter('scale', [2], [2, 1]),
        offset: float32Parameter('bias', [2], [10, 20]),
        mean: float32Parameter('statistic', [2], [1, 3]),
        variance: float32Parameter('statistic', [2], [3, 0]),
        epsilon: 1,
      }),
    );
    const folded = foldBatchNorm(build.build());
    expect(folded.parameters.get('conv.weight')?.data).toEqual(Float32Array.of(3, -4));
    expect(folded.parameters.get('conv.bias')?.data).toEqual(Float32Array.of(9.5, 18));
    expect([...folded.parameters.keys()]).toEqual(['conv.weight', 'conv.bias']);
  });

  it('folds batch norms that follow each other into the same layer', () => {
    const build = networkBuilder();
    const input = build.input('features', [3]);
    const dense = build.dense('dense', input, { weight: constantParameter('weight', [3, 2], 0.7) });
    build.output('scores', build.batchNorm('second', build.batchNorm('first', dense, norm(2)), norm(2, 2)));
    const network = build.build();
    const folded = foldBatchNorm(network);
    expect(folded.nodes.map(({ name }) => name)).toEqual(['features', 'dense', 'scores']);
    const vector = Float32Array.of(0.3, -1, 2);
    expectClose(outputsOf(folded, vector)[0] ?? [], outputsOf(network, vector)[0] ?? [], { absolute: 1e-5 });
  });

  it('gives each of two layers with one weight its own folded weight', () => {
    const build = networkBuilder();
    const input = build.input('image', [2, 2, 1]);
    const weight = build.parameter('shared', constantParameter('weight', [1, 1, 1, 2], 1));
    const rest = {
      weight,
      stride: [1, 1],
      padding: { top: 0, bottom: 0, left: 0, right: 0 },
      dilation: [1, 1],
      groups: 1,
    } as const;
    for (const [i, variance] of [
      [1, 0.5],
      [2, 4],
    ] as const) {
      const conv = build.node({ op: 'conv2d', name: `conv${i}`, inputs: [input], ...rest });
      build.output(`out${i}`, build.batchNorm(`norm${i}`, conv, norm(2, variance)));
    }
    const network = build.build();
    const folded = foldBatchNorm(network);
    const image = Float32Array.of(1, -2, 3, 0.5);
    const expected = outputsOf(network, image);
    outputsOf(folded, image).forEach((output, i) => expectClose(output, expected[i] ?? [], { absolute: 1e-5 }));
  });

  const readTwice = () => {
    const build = networkBuilder();
    const input = build.input('image', [2, 2, 1]);
    const conv = build.conv2d('conv', input, { weight: constantParameter('weight', [1, 1, 1, 2], 0.5) });
    const normed = build.batchNorm('norm', conv, norm(2));
    build.output('scores', build.node({ op: 'add', name: 'sum', inputs: [conv, normed] }));
    return build.build();
  };

  it('refuses a batch norm whose layer is also read by others, and names them', () => {
    expect(() => foldBatchNorm(readTwice())).toThrow(/norm \(batchNorm\): 'conv' before it is also read by 'sum'/);
  });

  it('refuses a batch norm with nothing before it to fold into', () => {
    const build = networkBuilder();
    build.output('scores', build.batchNorm('norm', build.input('image', [2, 2, 3]), norm(3)));
    expect(() => foldBatchNorm(build.build())).toThrow(/norm \(batchNorm\): there is no convolution or dense layer/);
  });

  it('puts an equal depthwise convolution in the place of what cannot be folded, if asked', () => {
    for (const shape of [[2, 3, 2], [2]]) {
      const build = networkBuilder();
      build.output('scores', build.batchNorm('norm', build.input('image', shape), norm(2)));
      const network = build.build();
      const folded = foldBatchNorm(network, { unfoldable: 'depthwise' });
      expect(folded.nodes.map(({ op }) => op)).toContain('conv2d');
      const image = imageFor(network, 7);
      expectClose(outputsOf(folded, image)[0] ?? [], outputsOf(network, image)[0] ?? [], { absolute: 1e-6 });
    }
    const image = imageFor(readTwice(), 7);
    expectClose(
      outputsOf(foldBatchNorm(readTwice(), { unfoldable: 'depthwise' }), image)[0] ?? [],
      outputsOf(readTwice(), image)[0] ?? [],
      { absolute: 1e-6 },
    );
  });

  it('shares the parameters that it does not change, and returns a well-formed network', () => {
    fc.assert(
      fc.property(networkArbitrary(), (network) => {
        const folded = assertValid(foldBatchNorm(network));
        const changed = new Set(network.nodes.flatMap((node) => (node.op === 'batchNorm' ? node.inputs : [])));
        for (const node of folded.nodes) {
          if ((node.op !== 'conv2d' && node.op !== 'dense') || changed.has(node.name)) continue;
          expect(folded.parameters.get(node.weight)).toBe(network.parameters.get(node.weight));
        }
      }),
      { seed: 2, numRuns: 30 },
    );
  });
});
