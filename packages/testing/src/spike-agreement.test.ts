import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { referenceSimulate } from './reference-simulate.js';
import { spikeDifferences } from './spike-agreement.js';

/** Two consecutive populations of two neurons, θ = 1. */
function chain() {
  const build = networkBuilder();
  const parameters = () => ({
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0),
  });
  const first = build.neuron('first', build.input('x', [2]), { kind: 'if', parameters: parameters() });
  const dense = build.dense('dense', first, { weight: float32Parameter('weight', [2, 2], [1, 0, 0, 1]) });
  build.output('out', build.neuron('second', dense, { kind: 'if', parameters: parameters() }));
  return build.build();
}

const network = chain();
const reference = referenceSimulate(network, [0.5, 0.375], 4);
const spikes = (node: string): number[] => (reference.spikes.get(node) ?? []).flatMap((step) => [...step]);

describe('spikeDifferences', () => {
  it('finds none between a reference and itself', () => {
    expect(spikeDifferences(network, reference, spikes)).toEqual([]);
  });

  it('gives the first differing step of a neuron, with how far it was from its threshold', () => {
    // Before it fires in the third step its potential is 1.125.
    const changed = spikes('first').with(5, 0).with(7, 1);
    const found = spikeDifferences(network, reference, (node) => (node === 'first' ? changed : spikes(node)));
    expect(found).toEqual([{ node: 'first', step: 2, neuron: 1, margin: 0.125 }]);
  });

  it('leaves out populations after one that differs', () => {
    const none = spikeDifferences(network, reference, () => new Int8Array(8));
    expect(new Set(none.map(({ node }) => node))).toEqual(new Set(['first']));
  });
});
