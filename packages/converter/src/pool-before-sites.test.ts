import { inferShapes, type Network, networkBuilder, noPadding, shapeAt } from '@rheobase/network';
import { referenceForward } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from './convert.js';
import { poolBeforeSites } from './pool-before-sites.js';

const pool = (name: string, input: string) =>
  ({ op: 'maxPool', name, inputs: [input], size: [2, 2], stride: [2, 2], padding: noPadding }) as const;

/** Site, pooling, site, pooling, on an 8×8 image. */
function stem(more: (build: ReturnType<typeof networkBuilder>) => void = () => undefined): Network {
  const build = networkBuilder();
  build.input('image', [8, 8, 1]);
  build.activation('first', 'image', { kind: 'relu' });
  build.node(pool('pool1', 'first'));
  build.activation('second', 'pool1', { kind: 'relu' });
  build.node(pool('pool2', 'second'));
  build.output('output', 'pool2');
  more(build);
  return build.build();
}

const orderOf = ({ nodes }: Network) => nodes.map(({ name, inputs }) => `${name}(${inputs.join()})`);

describe('poolBeforeSites', () => {
  it('changes nothing of what the network computes, nor the network it is given', () => {
    const network = stem();
    const before = JSON.stringify(orderOf(network));
    const moved = poolBeforeSites(network);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 64, maxLength: 64 }), (image) => {
        expect(referenceForward(moved, image).get('output')).toEqual(referenceForward(network, image).get('output'));
      }),
      { seed: 1, numRuns: 50 },
    );
    expect(JSON.stringify(orderOf(network))).toBe(before);
  });

  it('moves the pooling after the first site, and none that is after others', () => {
    const moved = poolBeforeSites(stem());
    expect(orderOf(moved)).toEqual([
      'image()',
      'pool1(image)',
      'first(pool1)',
      'second(first)',
      'pool2(second)',
      'output(pool2)',
    ]);
    expect(shapeAt(inferShapes(moved), 'first')).toEqual([4, 4, 1]);
  });

  it('makes a max pooling of a stem exact at every step, with no count to keep', () => {
    const build = networkBuilder();
    build.input('image', [4, 4, 1]);
    build.activation('site', 'image', { kind: 'relu' });
    build.node(pool('pool', 'site'));
    build.output('output', 'pool');
    const network = build.build();
    const thresholds = new Map([['site', 1]]);
    const { network: spiking, report } = convert(poolBeforeSites(network), { thresholds });
    expect(spiking.nodes.map(({ op }) => op)).toEqual(['input', 'maxPool', 'neuron', 'output']);
    expect(report.entries[1]?.notes).toEqual(['before all neurons, so the same at every step and exact']);
  });

  it('leaves a site alone that something else reads too', () => {
    const network = stem((build) => build.output('other', 'first'));
    expect(poolBeforeSites(network)).toBe(network);
  });
});
