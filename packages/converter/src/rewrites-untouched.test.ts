import type { Network } from '@rheobase/network';
import { clipSite, networkArbitrary, randomFeatures } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from './convert.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { replaceMaxPool } from './replace-max-pool.js';
import { toQuantClip } from './to-quant-clip.js';
import { thresholdsPerChannel } from './thresholds-per-channel.js';
import { toSpiking } from './to-spiking.js';

/** Everything a network holds, byte for byte. */
const snapshotOf = (network: Network) =>
  JSON.stringify([
    network.nodes,
    network.metadata,
    [...network.parameters].map(([name, { data, ...rest }]) => [name, rest, [...data]]),
  ]);

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  if (value instanceof Map) for (const entry of value.values()) freeze(entry);
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

const withoutNorms = (network: Network) => foldBatchNorm(network);

describe.each<[string, (network: Network) => Network]>([
  ['foldBatchNorm', (network) => foldBatchNorm(network)],
  ['foldBatchNorm with depthwise', (network) => foldBatchNorm(network, { unfoldable: 'depthwise' })],
  ['replaceMaxPool', (network) => replaceMaxPool(network)],
  ['toQuantClip', (network) => toQuantClip(network, { levels: 4 })],
  ['toSpiking', (network) => toSpiking(replaceMaxPool(withoutNorms(network)))],
  ['thresholdsPerChannel', (network) => thresholdsPerChannel(network)],
  ['convert', (network) => convert(replaceMaxPool(network)).network],
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
});
