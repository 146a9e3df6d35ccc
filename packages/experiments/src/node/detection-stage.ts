import type { ApProtocol } from '@rheobase/detection';
import { type Detector } from '@rheobase/detection';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import { z } from 'zod';
import { analogDetections } from '../detection/analog-detections.js';
import type { BoxImages } from '../detection/box-images.js';
import { spikingDetections } from '../detection/spiking-detections.js';
import { boundEngine } from '../spiking-engine.js';
import { forget, recall, remember } from './remembered.js';
import type { RunProgress } from './run.js';
import { removeCheckpoint, type RunFolder } from './run-folder.js';
import { isSpiking } from './stage.js';
import { workClock } from './work-clock.js';

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
        context.onProgress?.({ task: name, ...progress });
      }, folder.checkpointFile(name));
      const metadata = { ...made.metadata, ...(isSpiking(made) && { steps: String(steps) }) };
      const { network, sha256 } = await folder.writeNetwork(name, { ...made, metadata });
      const record = { sha256, meanApAtHalf: await meanApAtHalf(context, network), seconds: clock.seconds() };
      await remember(file, from, record);
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
  { detector, protocol, heldOut, steps }: Pick<DetectionContext, 'detector' | 'protocol' | 'heldOut' | 'steps'>,
  network: Network,
): Promise<number> {
  const bound = bind(network);
  try {
    const judged = isSpiking(network)
      ? ((await spikingDetections(boundEngine(bound), detector, heldOut, { steps })).judgedAt.get(steps) ?? [])
      : await analogDetections(bound, detector, heldOut);
    const value = protocol.evaluate(judged, detector.spec.classes).meanApAtHalf;
    return Number.isNaN(value) ? 0 : value;
  } finally {
    bound.dispose();
  }
}
