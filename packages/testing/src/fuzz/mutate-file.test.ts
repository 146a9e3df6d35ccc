import { decodeNetwork, encodeNetwork, writeSafetensors } from '@rheobase/network';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { randomNetwork } from '../random-network.js';
import {
  changedBytes,
  changedJson,
  changedNodes,
  changedSafetensors,
  changedText,
  mutatedSamples,
} from './mutate-file.js';

const json = new TextEncoder().encode('{"name": "conv", "sizes": [1, 2, {"deep": null}]}\n');
const tensors = writeSafetensors(new Map([['a', { dtype: 'I8', shape: [2], data: new Int8Array(2) }]]), {
  key: '{"b":1}',
});

describe.each([
  { name: 'bytes', mutation: changedBytes, sample: tensors },
  { name: 'text', mutation: changedText, sample: json },
  { name: 'JSON', mutation: changedJson, sample: json },
  { name: 'safetensors', mutation: changedSafetensors, sample: tensors },
])('mutations of $name', ({ mutation, sample }) => {
  const generate = mutatedSamples([sample], mutation);

  it('are the same for the same generator, and leave the sample as it was', () => {
    const before = sample.slice();
    const same = Array.from({ length: 60 }, (_, seed) =>
      Buffer.from(generate(xoroshiro128plus(seed))).equals(generate(xoroshiro128plus(seed))),
    );
    expect(same).not.toContain(false);
    expect(sample).toEqual(before);
  });

  it('are of many kinds', () => {
    const seen = new Set(
      Array.from({ length: 100 }, (_, seed) => Buffer.from(generate(xoroshiro128plus(seed))).toString('latin1')),
    );
    expect(seen.size).toBeGreaterThan(50);
  });
});

describe('changed nodes', () => {
  const network = encodeNetwork(randomNetwork(xoroshiro128plus(3), { readOut: 'mean' }));

  it('are often a network still', () => {
    const valid = Array.from({ length: 100 }, (_, seed) => {
      try {
        decodeNetwork(changedNodes(xoroshiro128plus(Math.imul(seed, 0x9e3779b1)), network, []), 'changed');
        return true;
      } catch {
        return false;
      }
    });
    expect(valid.filter(Boolean).length).toBeGreaterThan(10);
    expect(valid).toContain(false);
  });

  it('leave alone what is no network', () => {
    expect(changedNodes(xoroshiro128plus(1), tensors, [])).toBe(tensors);
  });
});
