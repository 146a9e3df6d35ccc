import { type Surround, surrounds } from '@rheobase/datasets';
import {
  assertAugments,
  type AugmentationStrength,
  augmentationStrengths,
  flips,
  optimizers,
  rateSchedules,
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
  readonly schedule?: (typeof rateSchedules)[number];
  readonly warmUp?: number;
  readonly optimizer?: (typeof optimizers)[number];
  readonly biasRate?: number;
  readonly thresholdRate?: number;
  readonly weightDecay: number;
  readonly augment: AugmentationStrength;
  readonly flip?: (typeof flips)[number];
  readonly surround?: Surround;
  readonly cutout?: number;
  readonly standardFrom?: number;
  readonly average?: number;
  readonly heldOut: number;
  readonly trainImages?: number;
  readonly seed: number;
  readonly threads: number;
  readonly deterministic?: boolean;
  readonly out: string;
}

/** What a command trains with unless it is told otherwise. */
type StandardOptions = Pick<
  TrainingOptions,
  'epochs' | 'rate' | 'weightDecay' | 'augment' | 'warmUp' | 'standardFrom' | 'average'
>;

/** Adds the options of training. */
export function withTrainingOptions(command: Command, standard: StandardOptions): Command {
  return command
    .requiredOption('--out <folder>', 'where the network and the result are written; a run there is resumed', path)
    .option('--epochs <n>', 'passes over the training images', integerFrom(1), standard.epochs)
    .option('--batch <images>', 'images per step', integerFrom(1), 128)
    .option(
      '--micro-batch <images>',
      'images whose gradient is computed at once, and that batch norms see (default: half a batch)',
      integerFrom(1),
    )
    .option('--rate <number>', 'highest learning rate; it falls to 0', numberUpTo(0, 10), standard.rate)
    .addOption(
      new Option(
        '--schedule <kind>',
        'how it falls: along half a cosine, or in a straight line, which after a warm-up is the one-cycle schedule (default: cosine)',
      ).choices(rateSchedules),
    )
    .addOption(
      new Option(
        '--optimizer <name>',
        'SGD with momentum 0.9, the same with Nesterov’s momentum, or AdamW (default: sgd)',
      ).choices(optimizers),
    )
    .option(
      '--bias-rate <factor>',
      'on the learning rate of biases, those of batch norms included (default: 1)',
      numberUpTo(0, 1000),
    )
    .option('--threshold-rate <factor>', 'on the learning rate of θ (default: 1)', numberUpTo(0, 1000))
    .option(
      '--warm-up <fraction>',
      'fraction of training in which the learning rate rises to --rate',
      numberFrom(0, 1),
      standard.warmUp,
    )
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
    .addOption(
      new Option(
        '--flip <kind>',
        'when an image is flipped: at random, or every other epoch (default: random)',
      ).choices(flips),
    )
    .addOption(
      new Option(
        '--surround <kind>',
        'what surrounds an image before it is cropped: black, or its reflection (default: black)',
      ).choices(surrounds),
    )
    .option(
      '--cutout <pixels>',
      'side of the square that hides a part of each image (default: 16 for strong, none for standard)',
      integerFrom(2),
    )
    .option(
      '--standard-from <fraction>',
      'fraction of the epochs after which strong augmentation becomes standard',
      numberFrom(0, 1),
      standard.standardFrom,
    )
    .option(
      '--average <decay>',
      'validates and keeps a running average of the weights, with this decay per step',
      numberFrom(0, 0.99999),
      standard.average,
    )
    .option('--held-out <images>', 'training images used for selection instead of training', integerFrom(1), 1000)
    .option('--train-images <images>', 'use only this many of the others', integerFrom(1))
    .option('--seed <n>', 'determines order, augmentation, noise and held-out images', integerFrom(0), 0)
    .option('--threads <n>', 'threads that compute gradients; the result does not depend on it', integerFrom(1, 256), 1)
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine');
}

/**
 * The recipe given by the options.
 *
 * @throws if they say how images are augmented that are to stay as they are.
 */
export function recipeOf(options: TrainingOptions): TrainingRecipe {
  const { epochs, batch: batchSize, microBatch, rate: learningRate, weightDecay, augment, seed } = options;
  const { schedule, warmUp, optimizer, biasRate, thresholdRate } = options;
  const { flip, surround, cutout, standardFrom, average: averageDecay } = options;
  assertAugments(augment, { flip, surround, cutout });
  const falling = { learningRate, schedule, warmUp, optimizer, weightDecay, biasRate, thresholdRate };
  const changing = { augment, flip, surround, cutout, standardFrom };
  return { epochs, batchSize, microBatch, ...falling, ...changing, averageDecay, seed };
}

/** The split of the training images given by the options. */
export function splitOf({ heldOut, trainImages, seed }: TrainingOptions): TrainingSplit {
  return { heldOut, trainImages, seed };
}
