import { describe, expect, it } from 'vitest';
import { judge, judgeSmoke } from './expectations.js';

const expected = [
  { stage: 'stage2', steps: 4, accuracy: 0.85, tolerance: 0.01, source: 'a paper' },
  { stage: 'ann', accuracy: 0.9, tolerance: 0, source: 'a paper' },
] as const;

describe('a published figure', () => {
  it('is reproduced down to its tolerance, and short by what is missing beyond that', () => {
    const at = (accuracy: number) => judge(expected, 4, new Map([['stage2', accuracy]]), [])[0]?.verdict;
    expect(at(0.9)).toEqual({ kind: 'reproduced' });
    expect(at(0.8401)).toEqual({ kind: 'reproduced' });
    expect(at(0.82)).toEqual({ kind: 'short', by: expect.closeTo(0.02, 10) });
  });

  it('is left out where it is for another T, and kept where it is for every T', () => {
    expect(judge(expected, 2, new Map([['ann', 0.9]]), []).map(({ stage }) => stage)).toEqual(['ann']);
  });

  it('is not comparable where the stage was not run, or the run is another one', () => {
    const [missing] = judge(expected, 4, new Map(), []);
    expect(missing?.verdict).toEqual({ kind: 'not comparable', reason: "'stage2' was not run" });
    const [other] = judge(expected, 4, new Map([['stage2', 0.1]]), ['--model was given']);
    expect(other).toMatchObject({
      measured: 0.1,
      verdict: { kind: 'not comparable', reason: '--model was given' },
    });
  });

  it('is held against nothing in a smoke run', () => {
    expect(judgeSmoke(expected, 4)).toEqual(
      expected.map((expectation) => ({ ...expectation, verdict: { kind: 'not comparable', reason: 'a smoke run' } })),
    );
    expect(judgeSmoke(expected, 2).map(({ stage }) => stage)).toEqual(['ann']);
  });

  it('is none where nothing is expected', () => {
    expect(judge(null, 4, new Map(), [])).toEqual([]);
  });
});
