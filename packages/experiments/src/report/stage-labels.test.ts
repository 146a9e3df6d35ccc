import { describe, expect, it } from 'vitest';
import { labelledStages } from './stage-labels.js';

describe('labelledStages', () => {
  it('calls every stage by one name: the best pass by that of the pass, the last extension by its number', () => {
    const stages = {
      converted: {},
      potentials: {},
      bptt: {},
      stage2: { chosen: 'bptt' },
      'extensions-1': {},
      extensions: {},
    };
    expect(
      labelledStages(stages, ['bptt', 'extensions-1', 'extensions-2']).map(({ name, label }) => [name, label]),
    ).toEqual([
      ['converted', 'converted'],
      ['potentials', 'stage II (a): initial potentials'],
      ['stage2', 'stage II (b): layer-wise BPTT'],
      ['extensions-1', 'extension 1'],
      ['extensions', 'extension 2'],
    ]);
    expect(labelledStages({ stage2: {} }, []).map(({ label }) => label)).toEqual(['stage II: the best of them']);
  });
});
