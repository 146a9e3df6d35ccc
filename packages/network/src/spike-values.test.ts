import { describe, expect, it } from 'vitest';
import { knownNeurons } from './neuron-definitions.js';
import { spikeValuesOf } from './neuron-dynamics.js';
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
