import { describe, expect, it } from 'vitest';
import { offsetSpikes } from './offset-spikes.js';
import { optionProblems, optionValues } from './method-options.js';
import { thresholdBalancing } from './threshold-balancing.js';

describe('the options of a method', () => {
  it('have their initial values where nothing is said', () => {
    expect(optionValues('cos', offsetSpikes.options, { rounds: 2 })).toEqual({
      calibrationSteps: 4,
      rounds: 2,
      order: 'together',
    });
  });

  it('are refused by name: unknown ones with the nearest, others with what they take', () => {
    const problems = optionProblems('cos', offsetSpikes.options, {
      calibrationStep: 4,
      rounds: 0.5,
      order: 'layer by layer',
    });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/no 'cos' option 'calibrationStep'. Did you mean 'calibrationSteps'\?/),
      "The option 'rounds' of 'cos' is 0.5; it must be an integer from 1 up to 100.",
      expect.stringMatching(/'order' of 'cos': There is no choice 'layer by layer'. Did you mean 'layer-by-layer'\?/),
    ]);
    expect(() => thresholdBalancing.dependsOnSteps({ shift: 'half' })).toThrow(/no choice 'half'/);
  });
});
