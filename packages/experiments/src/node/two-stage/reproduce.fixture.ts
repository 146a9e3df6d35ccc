import type { RunMeans } from '../runner/plan.js';
import { runPlan, type Versioned } from '../runner/run-plan.js';
import type { RunResult } from './run-result.js';
import { type ExperimentRun, twoStagePlan } from './two-stage-plan.js';

export type Reproduced = ExperimentRun & RunMeans;

/** Runs an experiment of the two-stage method. */
export async function reproduce(given: Reproduced): Promise<Versioned<RunResult>> {
  return runPlan(await twoStagePlan(given), given);
}
