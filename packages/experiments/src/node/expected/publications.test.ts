import { describe, expect, it } from 'vitest';
import { compare, compareSmoke } from './publications.js';

const published = [
  { method: 'A', source: 'read', ann: 0.9, stepsBefore: 0, accuracyAt: { '4': 0.8, '8': 0.85 }, reason: 'another' },
  { method: 'B', source: 'read', stepsBefore: 4, accuracyAt: { '4': 0.7 }, reason: 'another' },
];

describe('published figures of other methods', () => {
  it('stand beside what was measured at the same total latency, and are never reproduced by it', () => {
    expect(compare(published, 4, 0.82)).toEqual([
      {
        method: 'A',
        source: 'read',
        ann: 0.9,
        steps: 4,
        accuracy: 0.8,
        measured: 0.82,
        difference: 0.82 - 0.8,
        verdict: { kind: 'not comparable', reason: 'another' },
      },
    ]);
  });

  it('count the steps that a method runs beforehand', () => {
    expect(compare(published, 8, 0.5).map(({ method, accuracy }) => [method, accuracy])).toEqual([
      ['A', 0.85],
      ['B', 0.7],
    ]);
    expect(compare(undefined, 8, 0.5)).toEqual([]);
  });

  it('stand beside nothing in a smoke run, with no difference', () => {
    expect(compareSmoke(published, 4)).toEqual([
      {
        method: 'A',
        source: 'read',
        ann: 0.9,
        steps: 4,
        accuracy: 0.8,
        verdict: { kind: 'not comparable', reason: 'a smoke run' },
      },
    ]);
  });
});
