import type { Network } from '@rheobase/network';
import { constantParameter, float32Parameter, networkBuilder } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { convert } from './convert.js';
import { formatReport } from './format-report.js';
import { describeInactive, inactiveSites } from './inactive-sites.js';
import { toQuantClip } from './to-quant-clip.js';

/** Three consecutive sites with two channels each. */
function network(): Network {
  const build = networkBuilder();
  let value = build.input('image', [2, 2, 2]);
  for (const name of ['first', 'second', 'third']) {
    const weight = constantParameter('weight', [1, 1, 2, 2], 0.5);
    const layer = build.conv2d(`${name}.conv`, value, { weight, bias: float32Parameter('bias', [2], [0, -9]) });
    value = build.activation(name, layer, { kind: 'relu' });
  }
  build.output('scores', value);
  return build.build();
}
const thetaOf = (result: Network, site: string): readonly number[] => [
  ...(result.parameters.get(`${site}.threshold`)?.data ?? []),
];

describe('a recorded threshold of 0', () => {
  it('is a site that was never active: θ is the mean of the other sites, and the report names it', () => {
    const thresholds = new Map([
      ['first', 1],
      ['second', 0],
      ['third', 3],
    ]);
    const { network: spiking, report } = convert(network(), { thresholds });
    expect(['first', 'second', 'third'].map((site) => thetaOf(spiking, site))).toEqual([[1], [2], [3]]);
    expect(formatReport(report)).toMatch(/warning: second: it was never active on the images/);
    expect(report.entries.flatMap(({ warnings }) => warnings)).toHaveLength(1);
    expect(thetaOf(toQuantClip(network(), { levels: 4, thresholds }), 'second')).toEqual([2]);
  });

  it('is a channel that was never active: θ is the mean of the other channels, and the report counts them', () => {
    const thresholds = new Map([
      ['first', Float32Array.of(4, 0)],
      ['second', Float32Array.of(0, 0)],
      ['third', Float32Array.of(1, 3)],
    ]);
    const { network: spiking, report } = convert(network(), { thresholds });
    expect(thetaOf(spiking, 'first')).toEqual([4, 4]);
    expect(thetaOf(spiking, 'second')).toEqual([3, 3]);
    expect(formatReport(report)).toMatch(/warning: first: 1 of its 2 channels was never active/);
    expect(inactiveSites(thresholds)).toEqual([
      { site: 'first', inactive: 1, of: 2 },
      { site: 'second', inactive: 2, of: 2 },
    ]);
    expect(inactiveSites(thresholds).map(describeInactive)[1]).toMatch(/^it was never active/);
  });

  it('is 1 where no site was ever active', () => {
    const thresholds = new Map(['first', 'second', 'third'].map((site) => [site, 0]));
    expect(thetaOf(convert(network(), { thresholds }).network, 'third')).toEqual([1]);
  });
});
