import { describe, expect, it } from 'vitest';
import { stageInWords } from './stage-words.js';

describe('a stage in words', () => {
  it('is what was done in it, for classifiers and detectors alike', () => {
    expect(['converted', 'potentials', 'bptt', 'potentialsAgain', 'endToEnd'].map(stageInWords)).toEqual([
      'converted',
      'stage II (a): initial potentials',
      'stage II (b): BPTT by layer',
      'stage II (c): potentials again',
      'beyond: end to end',
    ]);
  });

  it('tells the place of an extension, the levels of a rung, and that stage I was left out', () => {
    expect(stageInWords('beyond-2')).toBe('beyond: extension 2');
    expect(stageInWords('quantClip-8')).toBe('stage I: quantized, L = 8');
    expect(stageInWords('withoutStageOne-bptt')).toBe('without stage I: stage II (b): BPTT by layer');
  });

  it('stays as it is where the name is no stage’s', () => {
    expect(['test', 'total', 'mine', 'mine-3', 'toString'].map(stageInWords)).toEqual([
      'test',
      'total',
      'mine',
      'mine-3',
      'toString',
    ]);
  });
});
