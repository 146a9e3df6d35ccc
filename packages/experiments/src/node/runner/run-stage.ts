import { isSpiking } from '@rheobase/network';
import { forget, recall, remember } from '../folder/remembered.js';
import { removeCheckpoint } from '../folder/run-folder.js';
import { workClock } from '../folder/work-clock.js';
import { type FinishedStage, stageRecord } from './finished-stage.js';
import type { Plan, Report, RunMeans, Stage, StageMeans } from './plan.js';
import { type ScoredSet, scoringOf, type SplitImages } from './task.js';

/** What the stages of a run share. */
export interface StageRun<Images extends ScoredSet, Split extends SplitImages<Images>, Figures> {
  readonly plan: Pick<Plan<Images, Split, Figures, object>, 'task' | 'origin'>;
  readonly means: StageMeans<Split>;
  readonly onStage: RunMeans['onStage'];
}

/**
 * Runs a stage: reads it from the run's folder if it was done from the same inputs, else runs or resumes it, and
 * keeps it.
 *
 * @throws what its work throws; a `StoppedEarly` leaves what is needed to resume.
 */
export async function runStage<Images extends ScoredSet, Split extends SplitImages<Images>, Figures>(
  run: StageRun<Images, Split, Figures>,
  given: Stage<Split>,
): Promise<FinishedStage> {
  const stage = await foundOrDone(run, given);
  run.onStage?.(stage);
  return stage;
}

async function foundOrDone<Images extends ScoredSet, Split extends SplitImages<Images>, Figures>(
  { plan: { task, origin }, means }: StageRun<Images, Split, Figures>,
  { name, settings, after, work }: Stage<Split>,
): Promise<FinishedStage> {
  const { folder, seed, kernels, steps, split } = means;
  const from = { settings, after: after.map((other) => means.stage(other).sha256), seed, kernels, ...origin };
  const file = folder.recordFile(name);
  const known = await recall(file, from, stageRecord);
  const kept = known && (await folder.readNetwork(name));
  if (known !== undefined && kept?.sha256 === known.sha256) return { name, network: kept.network, ...known };

  await forget(file);
  const clock = await workClock(folder.recordFile(`${name}.clock`));
  let isDone = false;
  try {
    const report: Report = (progress) => {
      clock.tick();
      folder.metrics.sample(name, { done: progress.done, total: progress.total, ...progress.metrics });
      means.onProgress?.({ task: name, ...progress });
    };
    const made = await work(means, report, folder.checkpointFile(name));
    // What lets other commands run the network without further options.
    const metadata = {
      ...made.network.metadata,
      normalization: task.normalization,
      ...(isSpiking(made.network) && { steps: String(steps) }),
    };
    const { network, sha256 } = await folder.writeNetwork(name, { ...made.network, metadata });
    const validation = await task.validate(
      network,
      split.heldOut,
      scoringOf(means, report, split.heldOut.count, 'held out'),
    );
    const done = { sha256, validation, details: made.details, seconds: clock.seconds() };
    const record = await remember(file, from, done, stageRecord);
    folder.metrics.note(name, {
      event: 'done',
      [`heldOut${task.score}`]: record.validation.score,
      heldOutImages: record.validation.images,
      seconds: record.seconds,
    });
    await removeCheckpoint(folder, name);
    isDone = true;
    return { name, network, ...record };
  } finally {
    await clock.stop(isDone);
  }
}
