import { constantParameter, inferShapes, networkBuilder, noPadding } from '@rheobase/network';
import { networkArbitrary } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multiplicityOf } from './brute-force.fixture.js';
import { macsOf } from './macs.js';

const kernel = (height: number, width: number, from: number, to: number) => ({
  weight: constantParameter('weight', [height, width, from, to], 1),
});
const around = { top: 1, bottom: 1, left: 1, right: 1 };

describe('macsOf', () => {
  it('counts every multiplication with a real input, as brute force does, on random networks', () => {
    fc.assert(
      fc.property(
        networkArbitrary({ features: ['groupedConv', 'dilatedConv', 'stridedConv', 'unevenPadding', 'batchNorm'] }),
        (network) => {
          const shapes = inferShapes(network);
          const { layers, exact, dense } = macsOf(network);
          for (const layer of layers) {
            const node = network.nodes.find(({ name }) => name === layer.node);
            if (node === undefined) throw new Error('no such node');
            const counted = multiplicityOf(network, node, shapes).flatMap((slots) =>
              slots.flatMap((slot) => [...slot]),
            );
            expect(layer.exact).toBe(counted.reduce((a, b) => a + b, 0));
            expect(layer.dense).toBeGreaterThanOrEqual(layer.exact);
          }
          expect(exact).toBe(layers.reduce((sum, layer) => sum + layer.exact, 0));
          expect(dense).toBe(layers.reduce((sum, layer) => sum + layer.dense, 0));
        },
      ),
      { seed: 13, numRuns: 12 },
    );
  });

  it('leaves out the taps on padding from the exact figure, whether the layer pads or a node before it', () => {
    const inLayer = networkBuilder();
    inLayer.output(
      'map',
      inLayer.conv2d('conv', inLayer.input('image', [3, 3, 1]), { ...kernel(3, 3, 1, 2), padding: around }),
    );
    expect(macsOf(inLayer.build())).toMatchObject({ exact: 98, dense: 162 });
    const before = networkBuilder();
    const padded = before.node({
      op: 'pad',
      name: 'pad',
      inputs: [before.input('image', [3, 3, 1])],
      padding: around,
      channels: { before: 0, after: 0 },
    });
    before.output('map', before.conv2d('conv', padded, kernel(3, 3, 1, 2)));
    expect(macsOf(before.build())).toMatchObject({ exact: 98, dense: 162 });
  });

  it('counts a grouped convolution by its groups and a strided one by its outputs', () => {
    const build = networkBuilder();
    const image = build.input('image', [4, 4, 4]);
    build.output('a', build.conv2d('depthwise', image, { ...kernel(2, 2, 1, 4), groups: 4, padding: noPadding }));
    build.output('b', build.conv2d('strided', image, { ...kernel(2, 2, 4, 3), stride: [2, 2] }));
    expect(macsOf(build.build()).layers.map(({ exact }) => exact)).toEqual([9 * 4 * 4, 4 * 16 * 3]);
  });

  it('tells apart layers that read the input, spikes and analog values, and the read-out', () => {
    const build = networkBuilder();
    const first = build.dense('first', build.input('x', [2]), { weight: constantParameter('weight', [2, 3], 1) });
    const spikes = build.neuron('spikes', first, {
      kind: 'if',
      parameters: { threshold: constantParameter('threshold', [], 1) },
    });
    const second = build.dense('second', spikes, { weight: constantParameter('weight', [3, 4], 1) });
    build.output('y', build.dense('third', second, { weight: constantParameter('weight', [4, 5], 1) }));
    expect(macsOf(build.build()).layers.map(({ reading, readOut }) => ({ ...reading, readOut }))).toEqual([
      { spikes: 0, constant: 6, analog: 0, readOut: false },
      { spikes: 12, constant: 0, analog: 0, readOut: true },
      { spikes: 0, constant: 0, analog: 20, readOut: true },
    ]);
  });
});
