import { assertValid, decodeNetwork, encodeNetwork } from '@rheobase/network';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { withHostileNames } from './hostile-names.js';
import { imageFor } from './random-image.js';
import { networkArbitrary } from './random-network.js';
import { integrateAndFireSite } from './random-site.js';
import { referenceSimulate } from './reference-simulate.js';

describe('withHostileNames', () => {
  it('gives a network that computes the same under other names, and that a file keeps', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: integrateAndFireSite }), fc.integer(), (network, seed) => {
        const { network: renamed, nameOf } = withHostileNames(network, xoroshiro128plus(seed));
        expect(assertValid(renamed).nodes.map(({ op }) => op)).toEqual(network.nodes.map(({ op }) => op));
        expect(decodeNetwork(encodeNetwork(renamed), 'test')).toEqual(renamed);
        const image = imageFor(network, seed);
        const [plain, hostile] = [network, renamed].map((each) => referenceSimulate(each, image, 2).values);
        for (const [name, values] of plain ?? []) expect(hostile?.get(nameOf(name))).toEqual(values);
      }),
      { seed: 4, numRuns: 30 },
    );
  });
});
