import type { CalibrationMethod } from '@rheobase/calibrator';
import { foldBatchNorm, toSpiking } from '@rheobase/converter';
import type { Normalization } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { type KernelBuild, kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { assertFits } from '../../image-batches.js';
import { bestOf } from './best-of.js';
import type { EngineName } from '../../spiking-engine.js';
import { calibrationStage } from './calibration-stage.js';
import { engineNamed } from './choose-engine.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import { openSplit } from './open-split.js';
import { imageHashes } from '../folder/image-hashes.js';
import { versions } from '../folder/record.js';
import type { StageContext } from './run.js';
import { networkHash, openRunFolder, type RunFolder } from '../folder/run-folder.js';
import { noteFailure } from './failed-run.js';
import { partRunImages, type RunParts } from './run-images.js';
import type { FinishedStage } from './finished-stage.js';
import { runStage } from './stage.js';
import { measureOnTest, type TestFigures } from './test-figures.js';

/** A network of stage I that is to be converted and calibrated, without the rest of an experiment. */
export interface CalibrationSession extends Pick<StageContext, 'steps' | 'signal' | 'onProgress' | 'onStage'> {
  /** With quantized activations, as stage I leaves it. */
  readonly quantized: Network;
  /** Done one after the other. */
  readonly passes: readonly CalibrationMethod[];
  readonly dataset: string;
  readonly dataDir?: string | undefined;
  readonly normalization: Normalization;
  readonly parts: RunParts;
  /** Reports on the first so many of the test set; all unless given. */
  readonly testImages?: number | undefined;
  readonly energy: Experiment['energy'];
  /** The plain SIMD kernels, which give the same bytes on every engine. */
  readonly deterministic: boolean;
  /** Who counts the accuracy of spiking networks; `tfjs` unless given. */
  readonly engine?: EngineName;
  /** The folder of the run; a run that was begun there is gone on with. */
  readonly out: string;
  /** Told, in words, of what is in the set's folder and is left out. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** A network of a calibration, with its figures on the test set. */
export interface MeasuredStage {
  readonly stage: FinishedStage;
  readonly test: TestFigures;
}

export interface CalibrationOutcome {
  /** The quantized network, its conversion, and one after each pass. */
  readonly stages: readonly MeasuredStage[];
  /** The best pass by held-out images: what `network.safetensors` is. */
  readonly best: MeasuredStage;
  readonly hashes: Readonly<Record<string, string>>;
  readonly kernels: KernelBuild;
}

/**
 * Converts a network of stage I, calibrates it, and reads the test set once, after everything was chosen. Interrupted at any moment
 * and called again, it goes on where it was.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or the network and the images do not fit each other.
 */
export async function runCalibrationSession(session: CalibrationSession): Promise<CalibrationOutcome> {
  const { dataset, dataDir, normalization, parts, steps, energy, passes, engine = 'tfjs', onNotice } = session;
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: session.deterministic });
  const kernels = kernelBuild();
  const training = await openSplit(dataset, { split: 'train', dataDir, onNotice });
  let opened: RunFolder | undefined;
  try {
    const images = await partRunImages(training, normalization, parts);
    assertFits(session.quantized, images.heldOut);
    const hashes = await imageHashes({ heldOut: images.heldOut, ...images.calibrating });
    const counted = engine === 'tfjs' ? {} : { engine };
    const identity = { dataset, normalization: normalization.name, parts, steps, energy, hashes, kernels, ...counted };
    const methods = passes.map(({ description }) => description);
    const folder = (opened = await openRunFolder(session.out, jsonOf({ ...identity, methods }), {
      versions: await versions(),
    }));
    const { signal, onProgress, onStage } = session;
    const start = engineNamed(engine, 1);
    const context = { steps, seed: parts.seed, folder, images, kernels, engine: start, signal, onProgress, onStage };

    const quantized = await runStage(context, {
      name: 'quantClip',
      settings: { given: networkHash(session.quantized) },
      after: [],
      work: async () => ({ network: foldBatchNorm(session.quantized), details: {} }),
    });
    const stages = [quantized, await conversion(context, quantized)];
    for (const [index, method] of passes.entries()) {
      const from = stages.at(-1) ?? quantized;
      stages.push(await calibrationStage(context, { name: `${index + 1}-${method.name}`, quantized, from, method }));
    }
    const best = bestOf(stages.slice(2)) ?? quantized;
    await folder.writeNetwork('network', best.network);

    // Every choice is made: the test set is read here.
    const open = (): ReturnType<typeof openSplit> => openSplit(dataset, { dataDir });
    const { figures, sha256: test } = await measureOnTest(context, stages, {
      dataset,
      open,
      energy,
      limit: session.testImages,
    });
    const measured = stages.flatMap((stage) => {
      const test = figures.get(stage.name);
      return test === undefined ? [] : [{ stage, test }];
    });
    const chosen = measured.find(({ stage }) => stage === best);
    if (chosen === undefined) throw new Error('Nothing was measured.');
    return { stages: measured, best: chosen, hashes: { ...hashes, ...(test !== undefined && { test }) }, kernels };
  } catch (error) {
    await noteFailure(opened, error);
    throw error;
  } finally {
    await opened?.close();
    await training.close();
  }
}

async function conversion(context: StageContext, quantized: FinishedStage): Promise<FinishedStage> {
  return runStage(context, {
    name: 'converted',
    settings: {},
    after: [quantized],
    work: async () => ({ network: toSpiking(quantized.network), details: {} }),
  });
}
