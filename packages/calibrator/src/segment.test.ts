import { foldBatchNorm, toSpiking } from '@rheobase/converter';
import type { Network } from '@rheobase/network';
import { assertValid, isSite, networkBuilder, nodeOf, scalarParameter } from '@rheobase/network';
import { clipSite, networkArbitrary } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentAt, segmentsOf } from './segment.js';
import { segmentNetwork } from './segment-network.js';
import { residualSource } from './tiny-networks.fixture.js';

const numbers = (property: fc.IProperty<[Network]>): void => fc.assert(property, { seed: 4, numRuns: 60 });

const site = () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 1) } });
const square = (size: number) => ({
  role: 'weight' as const,
  type: 'float32' as const,
  shape: [size, size],
  data: new Float32Array(size * size).fill(0.5),
});

describe('segments', () => {
  it('end at each site and output, and begin at the sites and inputs before', () => {
    const segments = segmentsOf(residualSource(1));
    expect(segments.map(({ end, frontier }) => [end, frontier])).toEqual([
      ['first', ['image']],
      ['inner', ['first']],
      ['sum', ['first', 'inner']],
      ['hidden', ['sum']],
      ['scores', ['hidden']],
    ]);
    expect(segmentAt(segments, 'sum').nodes).toEqual(['conv3', 'around', 'added', 'sum']);
  });

  it('count a shortcut’s weights to no layer', () => {
    const layers = segmentsOf(residualSource(1)).map(({ layer }) => layer);
    expect(layers).toEqual([['conv1'], ['conv2'], ['conv3'], ['dense1'], ['dense2']]);
  });

  it('count to the layer all addends that come from the latest site', () => {
    const build = networkBuilder();
    const x = build.input('x', [2]);
    const a = build.activation('a', build.dense('da', x, { weight: square(2) }), site());
    const left = build.dense('left', a, { weight: square(2) });
    const right = build.dense('right', a, { weight: square(2) });
    const early = build.dense('early', x, { weight: square(2) });
    build.output(
      'y',
      build.activation('b', build.node({ op: 'add', name: 'sum', inputs: [early, left, right] }), site()),
    );
    expect(segmentAt(segmentsOf(build.build()), 'b').layer).toEqual(['left', 'right']);
  });

  it('give a weighted node that serves several sites to the first', () => {
    const build = networkBuilder();
    const shared = build.dense('shared', build.input('x', [2]), { weight: square(2) });
    const a = build.activation('a', shared, site());
    const b = build.activation('b', shared, site());
    build.output('y', build.node({ op: 'add', name: 'sum', inputs: [a, b] }));
    const segments = segmentsOf(build.build());
    expect(segmentAt(segments, 'a').layer).toEqual(['shared']);
    expect(segmentAt(segments, 'b')).toMatchObject({ layer: [], nodes: ['shared', 'b'] });
  });

  it('name the ends there are when asked for another', () => {
    expect(() => segmentAt(segmentsOf(residualSource(1)), 'conv1')).toThrow(
      /conv1.*first, inner, sum, hidden, scores/s,
    );
  });

  it('of random networks: each weighted node is in at most one layer, and every path back from an end stops at the frontier', () => {
    numbers(
      fc.property(networkArbitrary({ site: clipSite }), (network) => {
        const segments = segmentsOf(network);
        const layers = segments.flatMap(({ layer }) => layer);
        expect(new Set(layers).size).toBe(layers.length);
        for (const { end, frontier, nodes, layer } of segments) {
          const inside = new Set(nodes);
          expect(layer.every((name) => inside.has(name))).toBe(true);
          for (const name of nodes) {
            expect(name === end || !isSite(nodeOf(network, name))).toBe(true);
            for (const input of nodeOf(network, name).inputs) {
              expect(inside.has(input) || frontier.includes(input)).toBe(true);
            }
          }
        }
      }),
    );
  });

  it('of random networks are networks by themselves, with the parameters of their own nodes', () => {
    numbers(
      fc.property(networkArbitrary({ site: clipSite }), (source) => {
        const network = toSpiking(foldBatchNorm(source));
        for (const segment of segmentsOf(network)) {
          const own = assertValid(segmentNetwork(network, segment));
          for (const [name, parameter] of own.parameters) expect(parameter).toBe(network.parameters.get(name));
        }
      }),
    );
  });
});
