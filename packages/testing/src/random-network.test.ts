import { decodeNetwork, encodeNetwork, inferShapes, validateNetwork } from '@rheobase/network';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import {
  convertibleFeatures,
  networkArbitrary,
  randomFeatures,
  randomNetwork,
  unusualFeatures,
} from './random-network.js';
import { clipSite, integrateAndFireSite, quantClipSite, reluSite } from './random-site.js';
import { randomArray } from './random-values.js';
import { referenceForward } from './reference-forward.js';

const many = (options: Parameters<typeof randomNetwork>[1]) =>
  Array.from({ length: 150 }, (_, seed) => randomNetwork(xoroshiro128plus(seed), options));

describe('randomNetwork', () => {
  it('gives a valid network, whatever the site and the features', () => {
    for (const site of [reluSite, clipSite, quantClipSite(4), integrateAndFireSite]) {
      for (const network of many({ site, features: randomFeatures })) expect(validateNetwork(network)).toEqual([]);
    }
  });

  it('gives the same network for the same seed', () => {
    expect(many({ site: clipSite })).toEqual(many({ site: clipSite }));
  });

  it('makes every operation, with groups, depthwise, dilation, stride and uneven padding', () => {
    const nodes = many({ features: randomFeatures }).flatMap((network) => network.nodes);
    const ops = new Set<string>(nodes.map((node) => node.op));
    const expected =
      'input conv2d dense batchNorm activation avgPool maxPool globalAvgPool add concat split channelShuffle upsample ' +
      'pad subsample flatten reshape output';
    expect(ops).toEqual(new Set(expected.split(' ')));
    const convolutions = nodes.filter((node) => node.op === 'conv2d');
    expect(convolutions.some(({ groups }) => groups > 1)).toBe(true);
    expect(convolutions.some(({ dilation }) => dilation[0] !== dilation[1])).toBe(true);
    expect(convolutions.some(({ stride }) => stride[0] === 2)).toBe(true);
    expect(convolutions.some(({ padding }) => padding.top !== padding.bottom)).toBe(true);
  });

  it('makes extreme geometry, and none without that feature', () => {
    const extremes = (features: typeof convertibleFeatures): readonly string[] =>
      many({ features }).flatMap((network) =>
        network.nodes.flatMap((node) => {
          if (node.op === 'input') return node.shape[0] === 1 || node.shape[1] === 1 ? ['one row or column'] : [];
          if (node.op !== 'conv2d' && node.op !== 'avgPool') return [];
          const window = node.op === 'conv2d' ? (network.parameters.get(node.weight)?.shape ?? []) : node.size;
          const [height = 1, width = 1] = window;
          const { stride, padding } = node;
          const wide = Math.max(padding.top, padding.bottom) > height || Math.max(padding.left, padding.right) > width;
          return [
            ...(wide ? [`${node.op} padded by more than its window`] : []),
            ...(stride[0] > Math.max(height, 2) || stride[1] > Math.max(width, 2)
              ? [`wide strides of ${node.op}`]
              : []),
            ...(node.op === 'conv2d' && node.dilation.some((by) => by > 2) ? ['wide dilation'] : []),
          ];
        }),
      );
    expect([...new Set(extremes(randomFeatures))].toSorted()).toEqual([
      'avgPool padded by more than its window',
      'conv2d padded by more than its window',
      'one row or column',
      'wide dilation',
      'wide strides of avgPool',
      'wide strides of conv2d',
    ]);
    // A 1×1 kernel with padding 2 is not rare.
    const usual = extremes(randomFeatures.filter((feature) => feature !== 'extremeGeometry'));
    expect(new Set(usual)).toEqual(new Set(['conv2d padded by more than its window']));
  });

  it('makes what the format allows and no trained network has, where it is asked for', () => {
    const networks = many({ site: integrateAndFireSite, features: [...randomFeatures, ...unusualFeatures] });
    for (const network of networks) expect(validateNetwork(network)).toEqual([]);
    const nodes = networks.flatMap((network) => network.nodes);
    expect(nodes.some(({ op }) => op === 'scale')).toBe(true);
    expect(nodes.some((node) => node.op === 'avgPool' && node.divisor === 'none')).toBe(true);
    const axes = new Set(nodes.flatMap((node) => (node.op === 'reshape' ? [node.shape.length] : [])));
    expect(axes).toEqual(new Set([2, 3, 4, 5]));
  });

  it('leaves out what is not among the features', () => {
    const ops = (features: typeof convertibleFeatures) =>
      new Set(many({ features }).flatMap((network) => network.nodes.map((node) => node.op)));
    expect(ops(convertibleFeatures).has('maxPool')).toBe(false);
    expect([...ops([])].toSorted()).toEqual([
      'activation',
      'conv2d',
      'dense',
      'flatten',
      'globalAvgPool',
      'input',
      'output',
    ]);
  });

  it('keeps values of the order of its input', () => {
    many({}).forEach((network, seed) => {
      const [input] = network.nodes;
      const shape = inferShapes(network).get(input?.name ?? '') ?? [];
      const values = referenceForward(network, randomArray(xoroshiro128plus(seed), shape, -1, 1));
      const largest = Math.max(...[...values.values()].map((data) => Math.max(...data.map(Math.abs))));
      expect(largest).toBeGreaterThan(0.05);
      expect(largest).toBeLessThan(100);
    });
  });
});

describe('networkArbitrary', () => {
  it('gives networks that are the same after being written and read', () => {
    const sites = fc.constantFrom(clipSite, quantClipSite(4), integrateAndFireSite);
    const networks = sites.chain((site) => networkArbitrary({ site, features: randomFeatures }));
    fc.assert(
      fc.property(networks, (network) => {
        const again = decodeNetwork(encodeNetwork(network), 'random.safetensors');
        expect(again).toEqual(network);
        expect([...again.parameters.keys()]).toEqual([...network.parameters.keys()]);
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('prints a counterexample as its seed and nodes', () => {
    const [network] = fc.sample(networkArbitrary(), { seed: 1, numRuns: 1 });
    expect(fc.stringify(network)).toMatch(/^randomNetwork\(xoroshiro128plus\(-?\d+\).*output1\(dense\d\)$/);
  });
});
