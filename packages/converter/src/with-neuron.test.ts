import { isSpiking } from '@rheobase/network';
import { integrateAndFireSite, networkArbitrary, randomFeatures } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withNeuron } from './with-neuron.js';

const networks = networkArbitrary({ site: integrateAndFireSite, features: randomFeatures }).filter(isSpiking);

describe('withNeuron', () => {
  it('puts the model at every neuron, leaves all else alone, and goes back again', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const rewritten = withNeuron(network, { kind: 'compensating-if', attributes: { tolerance: 0.01 } });
        expect(rewritten.parameters).toEqual(network.parameters);
        for (const [index, node] of rewritten.nodes.entries()) {
          if (node.op !== 'neuron') expect(node).toBe(network.nodes[index]);
          else expect(node.neuron).toMatchObject({ kind: 'compensating-if', attributes: { tolerance: 0.01 } });
        }
        expect(withNeuron(rewritten, { kind: 'if' }).nodes).toEqual(network.nodes);
      }),
      { numRuns: 30, seed: 4 },
    );
  });

  it('names a neuron whose parameters the model does not take, and a model that does not exist', () => {
    const [network] = fc.sample(networks, { numRuns: 1, seed: 1 });
    if (network === undefined) throw new Error('no network');
    const name = network.nodes.find(({ op }) => op === 'neuron')?.name ?? '';
    expect(() => withNeuron(network, { kind: 'if-shift', attributes: { steps: 2 } })).toThrow(
      new RegExp(
        `${name}.*it has the parameters initialPotential, threshold, but the neuron 'if-shift' takes threshold`,
      ),
    );
    expect(() => withNeuron(network, { kind: 'signed-if' })).toThrow(
      new RegExp(`${name}.*represents a signed activation`),
    );
    expect(() => withNeuron(network, { kind: 'compensating' })).toThrow(/compensating/);
  });
});
