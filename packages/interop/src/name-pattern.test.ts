import { describe, expect, it } from 'vitest';
import { matchingPattern, renamingBy } from './name-pattern.js';

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

describe('renamingBy', () => {
  it('puts what the stars stood for into the new name, by the first rule that fits', () => {
    const rename = renamingBy(['fc.*=linear.*', 'block*.conv.*=layer*.*', 'fc.weight=never']);
    expect(['fc.weight', 'block2.conv.bias', 'conv1.weight'].map(rename)).toEqual([
      'linear.weight',
      'layer2.bias',
      'conv1.weight',
    ]);
    expect(renamingBy(['module.*=*'])('module.fc.weight')).toBe('fc.weight');
  });

  it('refuses what is no rule', () => {
    for (const rule of ['fc', '=x', 'fc.weight=linear.*']) {
      expect(() => renamingBy([rule])).toThrow(`The rule '${rule}' must be written PATTERN=NAME`);
    }
  });
});
