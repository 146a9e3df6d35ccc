import { glyphNet, resnet20 } from '@rheobase/models';
import { describe, expect, it } from 'vitest';
import { lastSites } from './last-sites.js';

describe('lastSites', () => {
  it('has the last site of each resolution, in order', () => {
    const network = resnet20();
    const sites = network.nodes.flatMap(({ op, name }) => (op === 'activation' ? [name] : []));
    expect(lastSites(network, network)).toEqual([sites[6], sites[12], sites[18]]);
  });

  it('leaves out what the other network does not have, or has in another shape', () => {
    expect(lastSites(resnet20(), glyphNet())).toEqual([]);
  });
});
