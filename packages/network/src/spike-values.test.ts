import { describe, expect, it } from 'vitest';
import { knownNeurons } from './neuron-definitions.js';
import { spikeBits, spikeValuesOf } from './neuron-dynamics.js';
import type { NeuronSpec } from './spec.js';

const spec = (kind: string, attributes: NeuronSpec['attributes'] = {}): NeuronSpec => ({
  kind,
  parameters: {},
  attributes,
});

describe('what a spike is in a network', () => {
  it('follows from the definitions of its neurons: the furthest from binary of any', () => {
    const of = (...specs: readonly NeuronSpec[]) => spikeValuesOf(specs, knownNeurons);
    expect(of(spec('if'), spec('lif'))).toBe('binary');
    expect(of(spec('if'), spec('compensating-if'))).toBe('signed');
    expect(of(spec('signed-if', { slope: 0.5 }))).toBe('signed');
    expect(of(spec('compensating-if'), spec('burst', { maximum: 3 }))).toBe('several values');
    expect(of(spec('burst', { maximum: 1 }))).toBe('binary');
    expect(of(spec('if'), spec('one from outside'))).toBe('custom');
  });
});

describe('the bits of a spike', () => {
  it.each<[string, Readonly<Record<string, number>>, number]>([
    ['if', {}, 1],
    ['compensating-if', { tolerance: 0.001 }, 2],
    ['multi-threshold', { levels: 1 }, 2],
    ['multi-threshold', { levels: 4 }, 4],
    ['differential', { levels: 7, growth: 2 }, 5],
    ['burst', { maximum: 5 }, 4],
    ['harmony', { maximum: 15 }, 6],
  ])('are one, and as many as tell its values apart: %s %j takes %i', (kind, attributes, bits) => {
    expect(spikeBits(spec(kind, attributes), knownNeurons)).toBe(bits);
  });

  it('are unknown of a neuron that is unknown', () => {
    expect(spikeBits(spec('mine'), knownNeurons)).toBeUndefined();
  });
});
