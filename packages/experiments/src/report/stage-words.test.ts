import { describe, expect, it } from 'vitest';
import { stageInWords } from './stage-words.js';

describe('a stage in words', () => {
  it('is what was done in it, for classifiers and detectors alike', () => {
    expect(['converted', 'potentials', 'bptt', 'potentialsAgain', 'endToEnd'].map(stageInWords)).toEqual([
      'converted',
      'stage II (a): initial potentials',
      'stage II (b): layer-wise BPTT',
      'stage II (c): potentials again',
      'extension: end to end',
    ]);
  });

  it('gives the position of an extension, the levels of a curriculum stage, and that stage I was left out', () => {
    expect(stageInWords('beyond-2')).toBe('extension 2');
    expect(stageInWords('quantClip-8')).toBe('stage I: quantized, L = 8');
    expect(stageInWords('withoutStageOne-bptt')).toBe('without stage I: stage II (b): layer-wise BPTT');
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
