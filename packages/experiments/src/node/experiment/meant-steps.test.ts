import { describe, expect, it } from 'vitest';
import { parseExperiment } from './experiment-file.js';
import { isMeantFor, leftOutAt, namedExtensions } from './meant-steps.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';

const bounded = tinyExperiment
  .replace('kind: end-to-end,', 'kind: end-to-end, above: 4,')
  .replace('kind: rate-based,', 'kind: rate-based, upTo: 4,');

function methodOf(text: string) {
  const { method } = parseExperiment(text, 'tiny.yaml');
  if (method.kind !== 'two-stage') throw new Error('Another method.');
  return method;
}

describe('the time steps that an extension is meant for', () => {
  it('are those above one bound and up to the other, and its stage has the same name at every T', () => {
    const { extensions } = methodOf(bounded);
    const namesAt = (steps: number) =>
      namedExtensions(extensions).flatMap(([name, extension]) => (isMeantFor(extension, steps) ? [name] : []));
    expect(namesAt(4)).toEqual(['extensions-1', 'extensions-2', 'extensions-3', 'extensions-4', 'extensions-6']);
    expect(namesAt(5)).toEqual(['extensions-1', 'extensions-2', 'extensions-3', 'extensions-4', 'extensions-5']);
  });

  it('are told of an extension that is left out', () => {
    expect(leftOutAt(methodOf(bounded), 8)).toEqual([
      'extensions-6 (rate-based) is left out at T = 8: it is for T up to 4',
    ]);
    expect(leftOutAt(methodOf(tinyExperiment), 8)).toEqual([]);
  });

  it('are some: bounds that leave none are refused, with their line', () => {
    const none = tinyExperiment.replace('kind: rate-based,', 'kind: rate-based, above: 4, upTo: 4,');
    expect(() => parseExperiment(none, 'tiny.yaml')).toThrow(/upTo: .*leave no T/);
  });
});
