import { describe, expect, it } from 'vitest';
import { layOut, modelChecks } from './model-conformance.js';
import type { ModelDefinition } from './model-definition.js';
import { attributeValues, checkModelSpec, isAllowed, partsOf } from './model-definition.js';
import { float32Parameter, scalarParameter } from './parameter.js';
import { registry } from './registry.js';
import { modelSpec } from './spec.js';

const staircase = {
  kind: 'staircase',
  summary: 'steps up to a threshold',
  parameters: {
    threshold: { role: 'threshold', initial: 1, minimum: 0, nonzero: true, summary: 'θ' },
    offset: { role: 'dynamics', initial: 0, summary: 'where it begins' },
  },
  attributes: {
    levels: { minimum: 1, maximum: 64, integer: true, summary: 'L' },
    noise: { initial: 0.1, minimum: 0, maximum: 1, summary: 'p' },
  },
} as const satisfies ModelDefinition;

const models = registry<ModelDefinition>('activation', [[staircase.kind, staircase]]);
const parts = { threshold: 'a.threshold', offset: 'a.offset' };
const parameters = new Map([
  ['a.threshold', float32Parameter('threshold', [3], [1, 2, 3])],
  ['a.offset', scalarParameter('dynamics', 0)],
]);

layOut('a model definition', modelChecks('activation', staircase), { describe, it });

describe('checkModelSpec', () => {
  it('gives the model that fits', () => {
    expect(checkModelSpec(modelSpec('staircase', parts, { levels: 4 }), models, parameters)).toBe(staircase);
  });

  it('suggests the kind, the parameter and the attribute that were meant', () => {
    expect(() => checkModelSpec(modelSpec('staircas'), models)).toThrow(/Did you mean 'staircase'/);
    expect(() => checkModelSpec(modelSpec('staircase', { ...parts, treshold: 'x' }, { levels: 4 }), models)).toThrow(
      /no parameter 'treshold'\. Did you mean 'threshold'/,
    );
    expect(() => checkModelSpec(modelSpec('staircase', parts, { levels: 4, nois: 0 }), models)).toThrow(
      /no attribute 'nois'\. Did you mean 'noise'/,
    );
  });

  it('reports everything that is wrong in one message', () => {
    expect(() => checkModelSpec(modelSpec('staircase', { threshold: 'a.threshold' }, { noise: 2 }), models)).toThrow(
      /part 'offset'.*attribute 'levels' \(L\) must be given: an integer at least 1, at most 64.*'noise' is 2, but must be a finite number at least 0, at most 1/,
    );
  });

  it('names the element of a parameter that is out of range', () => {
    const wrong = new Map(parameters).set('a.threshold', float32Parameter('threshold', [3], [1, 0, 3]));
    expect(() => checkModelSpec(modelSpec('staircase', parts, { levels: 4 }), models, wrong)).toThrow(
      /Element 1 of its part 'threshold', 'a\.threshold', is 0, but must be a finite number above 0/,
    );
  });

  it('refuses a parameter of another role', () => {
    const wrong = new Map(parameters).set('a.offset', scalarParameter('bias', 0));
    expect(() => checkModelSpec(modelSpec('staircase', parts, { levels: 4 }), models, wrong)).toThrow(
      /'offset' is 'a\.offset' with the role bias, but the role must be dynamics/,
    );
  });
});

describe('attributeValues', () => {
  it('fills in initial values', () => {
    expect(attributeValues(staircase.attributes, { levels: 8 })).toEqual({ levels: 8, noise: 0.1 });
  });

  it('refuses to guess an attribute without one', () => {
    expect(() => attributeValues(staircase.attributes, {})).toThrow(/attribute 'levels' \(L\) must be given/);
  });
});

describe('partsOf', () => {
  it('picks the named parts and nothing else', () => {
    expect(partsOf(staircase.parameters, { threshold: 1, offset: 2, other: 3 })).toEqual({ threshold: 1, offset: 2 });
  });

  it('names a part that is missing', () => {
    expect(() => partsOf(staircase.parameters, { threshold: 1 })).toThrow(/parameter 'offset'.*is missing/);
  });
});

describe('isAllowed', () => {
  it('takes bounds as inclusive, and zero only where it is not refused', () => {
    expect([0, 1, 64, 65, 1.5, Number.NaN].map((value) => isAllowed(value, staircase.attributes.levels))).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(isAllowed(0, { minimum: 0 })).toBe(true);
    expect(isAllowed(0, { minimum: 0, nonzero: true })).toBe(false);
  });
});
