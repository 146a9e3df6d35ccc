import {
  type AugmentationStrength,
  augmentationStrengths,
  type TrainingSplit,
  type TrainingRecipe,
} from '@rheobase/experiments';
import { type Command, Option } from 'commander';
import { numberFrom, numberUpTo, path, integerFrom } from './option-values.js';

/** The options of training. */
export interface TrainingOptions {
  readonly epochs: number;
  readonly batch: number;
  readonly microBatch?: number;
  readonly rate: number;
  readonly weightDecay: number;
  readonly augment: AugmentationStrength;
  readonly heldOut: number;
  readonly trainImages?: number;
  readonly seed: number;
  readonly threads: number;
  readonly deterministic?: boolean;
  readonly out: string;
}

/** Adds the options of training. */
export function withTrainingOptions(
  command: Command,
  standard: Pick<TrainingOptions, 'epochs' | 'rate' | 'weightDecay' | 'augment'>,
): Command {
  return command
    .requiredOption('--out <folder>', 'where the network and the result are written; a run there is resumed', path)
    .option('--epochs <n>', 'passes over the training images', integerFrom(1), standard.epochs)
    .option('--batch <images>', 'images per step', integerFrom(1), 128)
    .option(
      '--micro-batch <images>',
      'images whose gradient is computed at once, and that batch norms see (default: half a batch)',
      integerFrom(1),
    )
    .option('--rate <number>', 'highest learning rate, decreasing along a cosine', numberUpTo(0, 10), standard.rate)
    .option(
      '--weight-decay <number>',
      'of weights, but not of θ and batch norms',
      numberFrom(0, 10),
      standard.weightDecay,
    )
    .addOption(
      new Option('--augment <kind>', 'standard: pad, crop and flip; strong: also AutoAugment and Cutout')
        .choices(augmentationStrengths)
        .default(standard.augment),
    )
    .option('--held-out <images>', 'training images used for selection instead of training', integerFrom(1), 1000)
    .option('--train-images <images>', 'use only this many of the others', integerFrom(1))
    .option('--seed <n>', 'determines order, augmentation, noise and held-out images', integerFrom(0), 0)
    .option('--threads <n>', 'threads that compute gradients; the result does not depend on it', integerFrom(1, 256), 1)
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine');
}

/** The recipe given by the options. */
export function recipeOf(options: TrainingOptions): TrainingRecipe {
  const { epochs, batch: batchSize, microBatch, rate: learningRate, weightDecay, augment, seed } = options;
  return { epochs, batchSize, microBatch, learningRate, weightDecay, augment, seed };
}

/** The split of the training images given by the options. */
export function splitOf({ heldOut, trainImages, seed }: TrainingOptions): TrainingSplit {
  return { heldOut, trainImages, seed };
}
