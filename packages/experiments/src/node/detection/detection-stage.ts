import type { ApProtocol, Detector, JudgedImage } from '@rheobase/detection';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import { z } from 'zod';
import { analogDetections } from '../../detection/analog-detections.js';
import type { BoxImages } from '../../detection/box-images.js';
import { spikingDetections } from '../../detection/spiking-detections.js';
import type { StartEngine } from '../../spiking-engine.js';
import { forget, recall, remember } from '../folder/remembered.js';
import type { RunProgress } from '../stages/run.js';
import { removeCheckpoint, type RunFolder } from '../folder/run-folder.js';
import { workClock } from '../folder/work-clock.js';

const stageRecord = z.strictObject({ sha256: z.string(), meanApAtHalf: z.number(), seconds: z.number() });

/** A stage of a run on a detector that is done. */
export interface DetectionStage extends z.output<typeof stageRecord> {
  readonly name: string;
  readonly network: Network;
}

/** What every stage of such a run needs. */
export interface DetectionContext {
  readonly steps: number;
  readonly seed: number;
  readonly folder: RunFolder;
  readonly detector: Detector;
  readonly protocol: ApProtocol;
  readonly heldOut: BoxImages;
  /** Simulates the spiking networks whose accuracy is counted. */
  readonly startEngine: StartEngine;
  readonly kernels: KernelBuild;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  readonly onStage?: ((stage: DetectionStage) => void) | undefined;
}

export interface DetectionStageWork {
  readonly name: string;
  /** All settings that bear on its result. */
  readonly settings: z.core.util.JSONType;
  /** The stages whose networks it begins from. */
  readonly after: readonly DetectionStage[];
  readonly work: (report: (progress: Omit<RunProgress, 'task'>) => void, checkpoint: string) => Promise<Network>;
}

/**
 * Does a stage, or reads it from the run's folder if it was done from the same beginnings; then its mean AP@0.5 on held-out images is
 * known, by which choices are made.
 *
 * @throws what its work throws; a `StoppedEarly` leaves what is needed to go on.
 */
export async function runDetectionStage(
  context: DetectionContext,
  { name, settings, after, work }: DetectionStageWork,
): Promise<DetectionStage> {
  const { folder, seed, kernels, steps } = context;
  const from = { settings, after: after.map(({ sha256 }) => sha256), seed, kernels, steps };
  const file = folder.recordFile(name);
  const known = await recall(file, from, stageRecord);
  const kept = known && (await folder.readNetwork(name));
  const found =
    known !== undefined && kept?.sha256 === known.sha256 ? { name, network: kept.network, ...known } : undefined;
  const stage = found ?? (await done());
  context.onStage?.(stage);
  return stage;

  async function done(): Promise<DetectionStage> {
    await forget(file);
    const clock = await workClock(folder.recordFile(`${name}.clock`));
    let complete = false;
    try {
      const made = await work((progress) => {
        clock.tick();
        folder.metrics.sample(name, { done: progress.done, total: progress.total, note: progress.note });
        context.onProgress?.({ task: name, ...progress });
      }, folder.checkpointFile(name));
      const metadata = { ...made.metadata, ...(isSpiking(made) && { steps: String(steps) }) };
      const { network, sha256 } = await folder.writeNetwork(name, { ...made, metadata });
      const done = { sha256, meanApAtHalf: await meanApAtHalf(context, network), seconds: clock.seconds() };
      const record = await remember(file, from, done, stageRecord);
      folder.metrics.note(name, {
        event: 'done',
        heldOutMeanApAtHalf: record.meanApAtHalf,
        heldOutImages: context.heldOut.count,
        seconds: record.seconds,
      });
      await removeCheckpoint(folder, name);
      complete = true;
      return { name, network, ...record };
    } finally {
      await clock.stop(complete);
    }
  }
}

/** Mean AP@0.5 of a detector on the held-out images, after all T steps where it is spiking. */
export async function meanApAtHalf(
  context: Pick<DetectionContext, 'detector' | 'protocol' | 'heldOut' | 'steps' | 'startEngine'>,
  network: Network,
): Promise<number> {
  const { detector, protocol } = context;
  const judged = isSpiking(network) ? await spikingBoxes(context, network) : await analogBoxes(context, network);
  const value = protocol.evaluate(judged, detector.spec.classes).meanApAtHalf;
  return Number.isNaN(value) ? 0 : value;
}

async function spikingBoxes(
  { detector, heldOut, steps, startEngine }: Pick<DetectionContext, 'detector' | 'heldOut' | 'steps' | 'startEngine'>,
  network: Network,
): Promise<readonly JudgedImage[]> {
  const engine = await startEngine(network);
  try {
    return (await spikingDetections(engine, detector, heldOut, { steps })).judgedAt.get(steps) ?? [];
  } finally {
    await engine.dispose();
  }
}

async function analogBoxes(
  { detector, heldOut }: Pick<DetectionContext, 'detector' | 'heldOut'>,
  network: Network,
): Promise<readonly JudgedImage[]> {
  const bound = bind(network);
  try {
    return await analogDetections(bound, detector, heldOut);
  } finally {
    bound.dispose();
  }
}
