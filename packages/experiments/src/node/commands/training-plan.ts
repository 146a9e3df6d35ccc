import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Normalization } from '@rheobase/datasets';
import type { Network } from '@rheobase/network';
import { assertFits, type Images } from '../../image-batches.js';
import { splitTraining, type TrainingImages, type TrainingSplit } from '../../training-images.js';
import type { TrainingRecipe } from '../../training-run.js';
import { imagesHash } from '../folder/image-hashes.js';
import { type CommandRecord, commandRecordOf } from '../folder/record.js';
import { runFiles } from '../folder/run-files.js';
import { networkHash } from '../folder/run-folder.js';
import type { Hashes, Plan } from '../runner/plan.js';
import { type Trainer, trainingWork } from '../stages/training-stage.js';
import { classification, type ImageOpeners, type TestFigures, usualEnergy } from '../tasks/classification.js';

/** A network that a command trains on a data set. */
export interface TrainingChoice extends ImageOpeners {
  readonly command: 'train' | 'finetune';
  /** The command's options, which go into the result. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly network: Network;
  /** How it is trained: `train` or `stageOne` with its recipe. */
  readonly trainer: Trainer<TrainingImages>;
  readonly recipe: TrainingRecipe;
  /** What else determines the result. */
  readonly settings: object;
  readonly dataset: string;
  readonly normalization: Normalization;
  readonly split: TrainingSplit;
  /** Of files that the network came from. */
  readonly hashes?: Hashes | undefined;
  /** Figures of the command's own. */
  readonly figures?: object | undefined;
}

/** What a training came to. Fractions are 0…1. */
export interface TrainingFigures {
  /** On the part of the set that results are reported on, read once, at the end. */
  readonly accuracy: number;
  readonly validationAccuracy: number;
  readonly heldOutImages: number;
  readonly images: number;
  readonly epochs: number;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

export type TrainingPlan = Plan<Images, TrainingImages, TestFigures, CommandRecord<TrainingFigures>>;

/** Training a network on the training images of a set: one stage, as part of no experiment. */
export function trainingPlan(choice: TrainingChoice): TrainingPlan {
  const { command, network, dataset, normalization, split, recipe, settings } = choice;
  const name = command === 'train' ? 'sourceUnfolded' : 'quantClip';
  return {
    title: `${command}: ${network.metadata['model'] ?? 'a network'} on ${dataset}`,
    task: classification({
      ...choice,
      split: (source) => splitTraining(source, normalization, split),
      hashed: ({ training, heldOut }) => ({ training: { source: training, count: training.length }, heldOut }),
      energy: usualEnergy,
    }),
    steps: 1,
    seed: split.seed,
    identity: (hashes, kernels) => ({
      dataset,
      normalization: normalization.name,
      network: networkHash(network),
      recipe,
      ...settings,
      split,
      hashes: { ...hashes, kernels },
    }),
    description: { command },
    hashes: choice.hashes ?? {},
    begin: async ({ split: images, folder }) => {
      assertFits(network, images.heldOut);
      // Where a training was stored before it became a run like others; its checkpoint identifies it.
      const [former, own] = [runFiles(folder.path).formerCheckpoint, folder.checkpointFile(name)];
      if (existsSync(former) && !existsSync(own)) await rename(former, own);
    },
    stages: [
      {
        name,
        settings: { network: networkHash(network) },
        after: [],
        work: trainingWork(choice.trainer, async ({ kernels, split: { training, heldOut } }) => ({
          dataset,
          augment: recipe.augment,
          heldOut: split.heldOut,
          trainImages: split.trainImages ?? 'all',
          seed: split.seed,
          kernels: kernels ?? null,
          images: await imagesHash({ source: training, count: training.length }),
          heldOutImages: await imagesHash(heldOut),
        })),
      },
    ],
    networks: { network: name },
    measured: [name],
    result: async ({ stage, figures, hashes, kernels, split: { training } }) => {
      const { validation, details, seconds } = stage(name);
      const test = figures.get(name);
      const { best, history } = details;
      const { epochs, batchSize } = recipe;
      const trained = epochs * Math.floor(training.length / batchSize) * batchSize;
      const record = await commandRecordOf(command, { ...choice.options, dataset }, hashes, {
        accuracy: test?.accuracy ?? Number.NaN,
        validationAccuracy: validation.score,
        heldOutImages: validation.images,
        images: test?.images ?? 0,
        epochs,
        ...choice.figures,
        imagesPerSecond: trained / seconds,
        seconds: seconds + (test?.seconds ?? 0),
        best,
        history,
        kernels,
      });
      return { ...record, model: network.metadata['model'] ?? '', normalization: normalization.name };
    },
  };
}
