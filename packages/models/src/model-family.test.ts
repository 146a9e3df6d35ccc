import { choice, integer } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { testModelFamily } from './conformance/conformance.js';
import { modelFamily } from './model-family.js';
import { defaultModels } from './default-models.js';

/** As someone outside this package would write one. */
const perceptron = modelFamily({
  name: 'perceptron',
  summary: 'one hidden layer',
  source: 'Rosenblatt, Psychological Review 65 (1958), 386–408',
  normalization: 'unit',
  standard: { classes: 10, inputShape: [28, 28, 1], inputShapeInWeights: true },
  options: { hidden: integer('units of the hidden layer', 32) },
  construct: (network, input, { hidden, classes }) => {
    const first = network.dense('fc1', network.flatten('flatten', input), hidden);
    return network.dense('fc2', network.activation('relu1', first), classes);
  },
});

testModelFamily(
  perceptron,
  { describe, it },
  { options: { hidden: 8 }, published: [{ options: { hidden: 32 }, parameters: 784 * 32 + 32 + 32 * 10 + 10 }] },
);

/** The sentences of the suite that a family does not keep to. */
function broken(family: Parameters<typeof testModelFamily>[0]): readonly string[] {
  const failed: string[] = [];
  testModelFamily(family, {
    describe: (_, body) => body(),
    it: (sentence, body) => {
      try {
        body();
      } catch {
        failed.push(sentence);
      }
    },
  });
  return failed;
}

describe('testModelFamily', () => {
  it('finds a family that is not told its seed', () => {
    expect(broken({ ...perceptron, build: (options) => perceptron.build({ ...options, seed: 0 }) })).toContain(
      'that gives the same bytes for the same seed and other weights for another',
    );
  });

  it('finds a family whose weights do not reveal an option that is not marked so', () => {
    const { pooling, ...others } = defaultModels.get('glyph-net').options;
    const unmarked = {
      ...defaultModels.get('glyph-net'),
      options: { ...others, pooling: choice('', ['average', 'max'], 'average') },
    };
    expect(pooling?.traceless).toBe(true);
    expect(broken(unmarked)).toContain('that marks exactly the options that trained weights do not reveal');
  });

  it('finds a family that takes any option', () => {
    const lax = {
      ...perceptron,
      build: ({ seed = 0 }: Readonly<Record<string, unknown>> = {}) => perceptron.build({ seed: Number(seed) }),
    };
    expect(broken(lax)).toEqual(
      expect.arrayContaining([
        'whose output has one element a class',
        'that refuses an unknown option and a value that an option does not take, naming both',
      ]),
    );
  });
});

describe('modelFamily', () => {
  it('writes the model and its options into the metadata', () => {
    expect(perceptron.build({ hidden: 8, seed: 3 }).metadata).toEqual({
      model: 'perceptron',
      hidden: '8',
      classes: '10',
      inputShape: '28,28,1',
      initialization: 'random',
      seed: '3',
    });
  });

  it('takes undefined for an option that is not given', () => {
    const given: Readonly<Record<string, unknown>> = { hidden: undefined };
    expect(perceptron.build(given).metadata['hidden']).toBe('32');
  });
});
