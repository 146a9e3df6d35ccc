import type { Network } from '@rheobase/network';
import { parametersUsedBy } from '@rheobase/network';
import { clipSite, networkArbitrary, randomFeatures, withHostileNames } from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { convert } from './convert.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { toInteger } from './integer/to-integer.js';
import { replaceMaxPool } from './replace-max-pool.js';
import { toQuantClip } from './to-quant-clip.js';
import { thresholdsPerChannel } from './thresholds-per-channel.js';
import { toSpiking } from './to-spiking.js';

/** Everything in a network, byte for byte. */
const snapshotOf = (network: Network) =>
  JSON.stringify([
    network.nodes,
    network.metadata,
    [...network.parameters].map(([name, { data, ...rest }]) => [name, rest, [...data]]),
  ]);

/** Everything in a network except names: each node's operation, its inputs and its numbers. */
const namelessly = ({ nodes, parameters }: Network) => {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  return nodes.map((node) => ({
    op: node.op,
    reads: node.inputs.map((name) => places.get(name)),
    uses: parametersUsedBy(node).map((name) => parameters.get(name)),
  }));
};

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  if (value instanceof Map) for (const entry of value.values()) freeze(entry);
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

/** With every other upsampling, which has no integer rule, replaced by nearest. */
const nearest = (network: Network): Network => ({
  ...network,
  nodes: network.nodes.map((node) => (node.op === 'upsample' ? { ...node, method: 'nearest' } : node)),
});

const withoutNorms = (network: Network) => foldBatchNorm(network);

describe.each<[string, (network: Network) => Network]>([
  ['foldBatchNorm', (network) => foldBatchNorm(network)],
  ['foldBatchNorm with depthwise', (network) => foldBatchNorm(network, { unfoldable: 'depthwise' })],
  ['replaceMaxPool', (network) => replaceMaxPool(network)],
  ['toQuantClip', (network) => toQuantClip(network, { levels: 4 })],
  ['toSpiking', (network) => toSpiking(replaceMaxPool(withoutNorms(network)))],
  ['thresholdsPerChannel', (network) => thresholdsPerChannel(network)],
  ['convert', (network) => convert(replaceMaxPool(network)).network],
  [
    'toInteger',
    (network) => toInteger(toSpiking(replaceMaxPool(withoutNorms(nearest(network)))), { inputMaximum: 4 }).network,
  ],
])('%s', (_, rewrite) => {
  it('leaves its input untouched, to the byte', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite, features: randomFeatures }), (network) => {
        const before = snapshotOf(network);
        freeze(network);
        rewrite(network);
        expect(snapshotOf(network)).toBe(before);
      }),
      { seed: 3, numRuns: 15 },
    );
  });

  it('does the same whatever nodes and parameters are called', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite, features: randomFeatures }), fc.integer(), (network, seed) => {
        const renamed = withHostileNames(network, xoroshiro128plus(seed)).network;
        expect(namelessly(rewrite(renamed))).toEqual(namelessly(rewrite(network)));
      }),
      { seed: 7, numRuns: 15 },
    );
  });
});
