import '@tensorflow/tfjs-backend-cpu';
import type { NegativeSpikes, NeuronDefinition, NeuronDynamics } from '@rheobase/network';
import { neuronDefinitions } from '@rheobase/network';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { neuronConformance } from './conformance.js';
import { describedNeuron } from './described-neuron.js';

const { threshold, initialPotential, leak } = neuronDefinitions.lif.parameters;
const attributes = {
  ...neuronDefinitions['if-shift'].attributes,
  ...neuronDefinitions['signed-if'].attributes,
  ...neuronDefinitions['compensating-if'].attributes,
  ...neuronDefinitions.burst.attributes,
};

/** A neuron definition with the parts that its descriptor names. */
function definitionOf(kind: string, dynamics: NeuronDynamics, starts = true): NeuronDefinition {
  const named = JSON.stringify(dynamics);
  return {
    kind,
    summary: 'for a test',
    parameters: { threshold, ...(starts && { initialPotential }), ...(dynamics.leak !== undefined && { leak }) },
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => named.includes(`"${name}"`))),
    dynamics,
  };
}

const negatives: readonly (readonly [string, NegativeSpikes | undefined])[] = [
  ['', undefined],
  ['-signed', { rule: 'signed', slope: 'slope' }],
  ['-compensating', { rule: 'compensating', tolerance: 'tolerance' }],
];
const combinations = (['soft', 'hard'] as const).flatMap((reset) =>
  negatives.flatMap(([name, negative]) =>
    ['', '-leak', '-shift', '-counts', '-leak-shift-counts', '-above', '-leak-above'].flatMap((parts) => {
      if (reset === 'hard' && negative?.rule === 'compensating') return [];
      const dynamics: NeuronDynamics = {
        reset,
        ...(parts.includes('leak') && { leak: 'leak' }),
        ...(parts.includes('shift') && { shift: 'steps' }),
        ...(parts.includes('counts') && { counts: 'maximum' }),
        ...(parts.includes('above') && { fires: 'above' }),
        ...(negative !== undefined && { negative }),
      };
      return [definitionOf(`${reset}${name}${parts}`, dynamics, !parts.startsWith('-shift'))];
    }),
  ),
);

beforeAll(async () => {
  await setBackend('cpu');
});

for (const definition of combinations) neuronConformance(describedNeuron(definition), { describe, it });

describe('describedNeuron', () => {
  it.each([
    [
      'a part that is missing',
      { reset: 'soft', leak: 'leek' },
      /'soft'.*needs the parameter 'leek'.* at least 0, at most 1/,
    ],
    [
      'an attribute that may be 0',
      { reset: 'soft', counts: 'tolerance' },
      /attribute 'tolerance'.*an integer at least 1, at most 127/,
    ],
    ['a parameter without a rule', { reset: 'soft' }, /does not use the parameter 'leak'/],
    [
      'counts above the threshold',
      { reset: 'soft', leak: 'leak', fires: 'above', counts: 'maximum' },
      /counts of spikes are taken at V ≥ n·θ/,
    ],
    [
      'a hard reset that takes spikes back',
      { reset: 'hard', leak: 'leak', negative: { rule: 'compensating', tolerance: 'tolerance' } },
      /a hard reset leaves nothing/,
    ],
  ] satisfies readonly [string, NeuronDynamics, RegExp][])('refuses a descriptor with %s', (_, dynamics, message) => {
    const parameters = { threshold, initialPotential, leak };
    expect(() => describedNeuron({ kind: 'soft', summary: 'x', parameters, attributes, dynamics })).toThrow(message);
  });

  it('refuses a definition without a descriptor', () => {
    const { dynamics: _, ...bare } = neuronDefinitions.if;
    expect(() => describedNeuron(bare)).toThrow(/'if' has no dynamics/);
  });
});
