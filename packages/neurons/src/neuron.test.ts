import { modelSpec, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { defaultNeurons, integrateAndFire } from './default-neurons.js';
import { checkNeuronSpec } from './neuron.js';

const parts = { threshold: 'a.threshold', initialPotential: 'a.initialPotential' };

describe('checkNeuronSpec', () => {
  it('gives the neuron that a spec names', () => {
    expect(checkNeuronSpec(modelSpec('if', parts), defaultNeurons)).toBe(integrateAndFire);
  });

  it('refuses a neuron without its initial potential, and names it', () => {
    expect(() => checkNeuronSpec(modelSpec('if', { threshold: 'a.threshold' }), defaultNeurons)).toThrow(
      /neuron 'if' is not well specified.*'initialPotential'/,
    );
  });

  it('refuses a threshold that is not above zero', () => {
    const parameters = new Map([
      ['a.threshold', scalarParameter('threshold', -1)],
      ['a.initialPotential', scalarParameter('initialPotential', 0)],
    ]);
    expect(() => checkNeuronSpec(modelSpec('if', parts), defaultNeurons, parameters)).toThrow(
      /'a\.threshold', is -1, but must be a finite number above 0/,
    );
  });

  it('refuses a slope of a signed neuron that is not given or out of range', () => {
    expect(() => checkNeuronSpec(modelSpec('signed-if', parts), defaultNeurons)).toThrow(/'slope'.*must be given/);
    expect(() => checkNeuronSpec(modelSpec('signed-if', parts, { slope: 0 }), defaultNeurons)).toThrow(/'slope' is 0/);
  });
});
