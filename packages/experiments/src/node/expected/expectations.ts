import type { Experiment } from '../experiment/experiment-schema.js';
import { besideSmoke, type Verdict } from './verdict.js';

type Expectation = NonNullable<Experiment['expected']>[number];

export type JudgedExpectation = Expectation & {
  /** 0…1; absent where the stage was not run, and in a smoke run. */
  readonly measured?: number;
  /** Measured less expected. */
  readonly difference?: number;
  readonly verdict: Verdict;
};

/**
 * Holds measured accuracies against the expected ones of a run's T.
 *
 * @param measured by stage, 0…1
 * @param obstacles why nothing of this run is comparable, if that is so
 */
export function judge(
  expected: Experiment['expected'],
  steps: number,
  measured: ReadonlyMap<string, number>,
  obstacles: readonly string[],
): readonly JudgedExpectation[] {
  return expectedAt(steps, expected).map((expectation) => {
    const figure = measured.get(expectation.stage);
    if (figure === undefined) {
      return { ...expectation, verdict: { kind: 'not comparable', reason: `'${expectation.stage}' was not run` } };
    }
    const difference = figure - expectation.accuracy;
    const found = { ...expectation, measured: figure, difference };
    if (obstacles.length > 0) {
      return { ...found, verdict: { kind: 'not comparable', reason: obstacles.join('; ') } };
    }
    const missing = -difference - expectation.tolerance;
    return { ...found, verdict: missing > 0 ? { kind: 'short', by: missing } : { kind: 'reproduced' } };
  });
}

/** The expected accuracies of a smoke run's T, held against nothing. */
export function judgeSmoke(expected: Experiment['expected'], steps: number): readonly JudgedExpectation[] {
  return expectedAt(steps, expected).map((expectation) => ({ ...expectation, verdict: besideSmoke }));
}

function expectedAt(steps: number, expected: Experiment['expected']): readonly Expectation[] {
  return (expected ?? []).filter((expectation) => expectation.steps === undefined || expectation.steps === steps);
}
