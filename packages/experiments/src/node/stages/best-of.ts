import type { FinishedStage } from './finished-stage.js';

/** The stage with the highest accuracy on the held-out images, the first of several. */
export function bestOf(stages: readonly FinishedStage[]): FinishedStage | undefined {
  return stages.reduce<FinishedStage | undefined>(
    (best, stage) => (best === undefined || stage.validation.accuracy > best.validation.accuracy ? stage : best),
    undefined,
  );
}
