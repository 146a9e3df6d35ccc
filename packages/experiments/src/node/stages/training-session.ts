import type { Normalization } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { type KernelBuild, kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { FitOptions, FitResult } from '@rheobase/training';
import { gradientPool } from '@rheobase/training/node';
import { type Accuracy, networkAccuracy } from '../../analog-accuracy.js';
import { assertFits, images } from '../../image-batches.js';
import { splitTraining, type TrainingImages, type TrainingSplit } from '../../training-images.js';
import type { TrainedNetwork, TrainingMeans, TrainingRecipe, TrainingRunProgress } from '../../training-run.js';
import { imagesHash } from '../folder/image-hashes.js';
import { openSplit } from './open-split.js';
import type { TrainingFolder } from './training-folder.js';

/** A network to be trained on a data set, and where the run is kept. */
export interface TrainingSession {
  readonly network: Network;
  /** How it is trained: `train` or `stageOne` with its recipe. */
  readonly lesson: (given: TrainingImages, means: TrainingMeans) => Promise<TrainedNetwork>;
  readonly recipe: Pick<TrainingRecipe, 'augment'>;
  readonly dataset: string;
  readonly dataDir?: string | undefined;
  readonly normalization: Normalization;
  readonly parts: TrainingSplit;
  /** Threads that take gradients; the result does not depend on it. */
  readonly threads: number;
  /** The plain SIMD kernels, which give the same bytes on every engine. */
  readonly deterministic: boolean;
  readonly folder: TrainingFolder;
  readonly signal?: AbortSignal;
  readonly onBatch?: (progress: TrainingRunProgress) => void;
  readonly onWarning?: (text: string) => void;
  /** Told, in words, of what is in the set's folder and is left out. */
  readonly onNotice?: (notice: string) => void;
}

/** What a session came to. */
export interface TrainingOutcome {
  readonly network: Network;
  readonly result: FitResult;
  /** On the held-out images. */
  readonly validation: Accuracy;
  /** On the part of the set that results are reported on, read once, at the end. */
  readonly test: Accuracy;
  readonly kernels: KernelBuild | undefined;
}

/** Thrown where a signal stopped a run before its end; what was done is kept, and the same run goes on from there. */
export class StoppedEarly extends Error {
  override readonly name = 'StoppedEarly';

  /** @param kept the file or folder that holds what was done */
  constructor(readonly kept: string) {
    super(`Stopped before its end. The same command goes on from ${kept}.`);
  }
}

/** One thread takes gradients itself; more take them side by side, to the same bytes. */
export function engineOf(threads: number): Pick<FitOptions, 'engine'> {
  return threads === 1 ? {} : { engine: gradientPool({ threads }) };
}

/**
 * Trains a network on the training images of a set, leaves it in the folder, and reads the test images once. A run that the folder
 * holds is resumed.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws as `openSplit`, `splitTraining` and `fit` do; and if the network and the set do not fit each other.
 */
export async function runTrainingSession(session: TrainingSession): Promise<TrainingOutcome> {
  const { dataset, dataDir, normalization, parts, folder, deterministic, signal, onBatch, onWarning, onNotice } =
    session;
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const source = await openSplit(dataset, { split: 'train', dataDir, onNotice });
  try {
    const given = await splitTraining(source, normalization, parts);
    assertFits(session.network, given.heldOut);
    const { network: trained, result } = await session.lesson(given, {
      ...engineOf(session.threads),
      ...(signal && { signal }),
      ...(onBatch && { onBatch }),
      ...(onWarning && { onWarning }),
      configuration: {
        dataset,
        augment: session.recipe.augment,
        heldOut: parts.heldOut,
        trainImages: parts.trainImages ?? 'all',
        seed: parts.seed,
        kernels: kernelBuild() ?? null,
        images: await imagesHash({ source: given.training, count: given.training.length }),
        heldOutImages: await imagesHash(given.heldOut),
      },
      checkpoints: { store: folder.checkpoints, everyBatches: 50 },
    });
    if (!result.completed) throw new StoppedEarly(folder.checkpoints.name);
    const network = { ...trained, metadata: { ...trained.metadata, normalization: normalization.name } };
    await folder.writeNetwork('network.safetensors', network);
    const validation = await networkAccuracy(network, given.heldOut);
    const test = await testAccuracy(network, session);
    return { network, result, validation, test, kernels: kernelBuild() };
  } finally {
    await source.close();
  }
}

/** The test set is read here, once. */
async function testAccuracy(
  network: Network,
  { dataset, dataDir, normalization }: Pick<TrainingSession, 'dataset' | 'dataDir' | 'normalization'>,
): Promise<Accuracy> {
  const source = await openSplit(dataset, { dataDir });
  try {
    return await networkAccuracy(network, images(source, normalization, { mostAtOnce: 100 }));
  } finally {
    await source.close();
  }
}
