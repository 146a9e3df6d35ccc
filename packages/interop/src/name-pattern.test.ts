import { describe, expect, it } from 'vitest';
import { matchingPattern } from './name-pattern.js';

describe('matchingPattern', () => {
  it('matches a name as a whole', () => {
    expect(matchingPattern('fc.weight', ['fc'])).toBeUndefined();
    expect(matchingPattern('fc.weight', ['fc', 'fc.weight'])).toBe('fc.weight');
  });

  it('lets a star stand for anything, the empty word too', () => {
    expect(matchingPattern('layer1.0.bn1.num_batches_tracked', ['*.num_batches_tracked'])).toBe(
      '*.num_batches_tracked',
    );
    expect(matchingPattern('fc.', ['fc.*'])).toBe('fc.*');
  });

  it('takes every other character as it is', () => {
    expect(matchingPattern('fcxweight', ['fc.weight'])).toBeUndefined();
    expect(matchingPattern('a(b)[0]+', ['a(b)[0]+'])).toBe('a(b)[0]+');
  });
});
