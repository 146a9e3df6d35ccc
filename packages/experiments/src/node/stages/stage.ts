import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import type { z } from 'zod';
import { networkAccuracy } from '../../analog-accuracy.js';
import { spikingNetworkAccuracy } from '../../spiking-accuracy.js';
import { tensorEngine } from '../../spiking-engine.js';
import { type FinishedStage, type StageDetails, stageRecord } from './finished-stage.js';
import { forget, recall, remember } from '../folder/remembered.js';
import type { RunProgress, StageContext } from './run.js';
import { removeCheckpoint } from '../folder/run-folder.js';
import { StoppedEarly } from './training-session.js';
import { workClock } from '../folder/work-clock.js';

/** Tells how far a stage is. */
export type Report = (progress: Omit<RunProgress, 'task'>) => void;

/** What a stage is to do. */
export interface StageWork {
  readonly name: string;
  /** All settings that bear on its result. */
  readonly settings: z.core.util.JSONType;
  /** The stages whose networks it begins from. */
  readonly after: readonly Pick<FinishedStage, 'sha256'>[];
  /**
   * @param task tells how far it is
   * @param checkpoint where it may keep what it needs to go on
   */
  readonly work: (
    report: Report,
    checkpoint: string,
  ) => Promise<{ readonly network: Network; readonly details: StageDetails }>;
}

/**
 * Does a stage: reads it from the run's folder if it was done from the same beginnings, else does it, resuming what was begun, and
 * keeps it.
 *
 * @throws what its work throws; a `StoppedEarly` leaves what is needed to go on.
 */
export async function runStage(run: StageContext, given: StageWork): Promise<FinishedStage> {
  const stage = await foundOrDone(run, given);
  run.onStage?.(stage);
  return stage;
}

async function foundOrDone(run: StageContext, { name, settings, after, work }: StageWork): Promise<FinishedStage> {
  const { folder, seed } = run;
  const from = { settings, after: after.map(({ sha256 }) => sha256), seed, kernels: run.kernels };
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
      run.onProgress?.({ task: name, ...progress });
    };
    const made = await work(report, folder.checkpointFile(name));
    const metadata = { ...made.network.metadata, ...networkMetadata(run, made.network) };
    const { network, sha256 } = await folder.writeNetwork(name, { ...made.network, metadata });
    const done = {
      sha256,
      validation: await validate(run, network, report),
      details: made.details,
      seconds: clock.seconds(),
    };
    const record = await remember(file, from, done, stageRecord);
    const { accuracy, images } = record.validation;
    folder.metrics.note(name, {
      event: 'done',
      heldOutAccuracy: accuracy,
      heldOutImages: images,
      seconds: record.seconds,
    });
    await removeCheckpoint(folder, name);
    isDone = true;
    return { name, network, ...record };
  } finally {
    await clock.stop(isDone);
  }
}

/** What lets other commands run the network without being told. */
function networkMetadata({ images, steps }: StageContext, network: Network): Record<string, string> {
  return {
    normalization: images.normalization.name,
    ...(isSpiking(network) && { steps: String(steps) }),
  };
}

async function validate(run: StageContext, network: Network, report: Report): Promise<FinishedStage['validation']> {
  const { images: parts, steps } = run;
  const { heldOut } = parts;
  const onBatch = accuracyReport(run, report, heldOut.count, 'held out');
  if (!isSpiking(network)) {
    const { accuracy, images } = await networkAccuracy(network, heldOut, onBatch);
    return { accuracy, images };
  }
  const { engine = tensorEngine } = run;
  const { correctAt, images } = await spikingNetworkAccuracy(network, heldOut, steps, engine, onBatch);
  const accuracyAt = Object.fromEntries(correctAt.map((correct, i) => [String(i + 1), correct / images]));
  return { accuracy: (correctAt.at(-1) ?? 0) / images, images, accuracyAt };
}

/**
 * Reports how many images were classified.
 *
 * @throws {StoppedEarly} from the report, once the run's signal says so.
 */
export function accuracyReport(
  { signal, folder }: Pick<StageContext, 'signal' | 'folder'>,
  report: Report,
  total: number,
  where: string,
): (progress: { readonly images: number; readonly accuracy: number }) => void {
  return ({ images, accuracy }) => {
    if (signal?.aborted === true) throw new StoppedEarly(folder.path);
    report({
      done: images,
      total,
      unit: 'images',
      note: `${where} ${(100 * accuracy).toFixed(1)} %`,
      metrics: { images: where, accuracy },
    });
  };
}
