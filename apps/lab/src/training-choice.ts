import {
  type Augmentation,
  autoAugment,
  cutout,
  horizontalFlip,
  type ImageSource,
  meanPixel,
  type Normalization,
  padCrop,
  split,
} from '@rheobase/datasets';
import { kernelBuild } from '@rheobase/tfjs-wasm-training';
import type { Description, FitOptions } from '@rheobase/training';
import { gradientPool } from '@rheobase/training/node';
import { type Command, Option } from 'commander';
import { type Images, images } from './image-batches.js';
import { numberUpTo, wholeNumber } from './option-values.js';

/** How a network is trained, as options say. */
export interface TrainingOptions {
  readonly epochs: number;
  readonly batch: number;
  readonly microBatch?: number;
  readonly rate: number;
  readonly weightDecay: number;
  readonly augment: 'none' | 'standard' | 'strong';
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
    .requiredOption(
      '--out <folder>',
      'where the network, its result and its checkpoint are written; a run there is resumed',
    )
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1), standard.epochs)
    .option('--batch <images>', 'images of a step', wholeNumber(1), 128)
    .option(
      '--micro-batch <images>',
      'images whose gradient is taken at one go; batch norms see so many. Half a batch unless given',
      wholeNumber(1),
    )
    .option('--rate <number>', 'highest learning rate, followed down a cosine', numberUpTo(0, 10), standard.rate)
    .option('--weight-decay <number>', 'of weights; θ and batch norms are spared', Number, standard.weightDecay)
    .addOption(
      new Option('--augment <kind>', 'standard: pad, crop and flip; strong: also AutoAugment and Cutout')
        .choices(['none', 'standard', 'strong'])
        .default(standard.augment),
    )
    .option('--held-out <images>', 'training images to select on instead', wholeNumber(1), 1000)
    .option('--train-images <images>', 'use only so many of the others', wholeNumber(1))
    .option('--seed <n>', 'settles order, augmentation, noise and what is held out', wholeNumber(0), 0)
    .option('--threads <n>', 'threads that take gradients; the result does not depend on it', wholeNumber(1), 1)
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine');
}

/** The augmentations by the name of their strength (METHOD §1). */
export function augmentations(kind: TrainingOptions['augment'], normalization: Normalization): readonly Augmentation[] {
  const fill = meanPixel(normalization);
  const standard = [padCrop(), horizontalFlip()];
  if (kind === 'none') return [];
  return kind === 'standard' ? standard : [...standard, autoAugment({ fill }), cutout({ fill })];
}

/** Training images, and those held out of them to select on. */
export async function partTraining(
  source: ImageSource,
  normalization: Normalization,
  { heldOut, trainImages, seed }: Pick<TrainingOptions, 'heldOut' | 'trainImages' | 'seed'>,
): Promise<{ readonly training: ImageSource; readonly heldOut: Images }> {
  const parts = await split(source, { heldOut, seed });
  const { training } = parts;
  const used =
    trainImages === undefined || trainImages >= training.length
      ? training
      : (await split(training, { heldOut: trainImages, seed })).heldOut;
  return { training: used, heldOut: images(parts.heldOut, normalization, { batch: 100 }) };
}

/** One thread takes gradients itself; more take them side by side, to the same bytes. */
export function engineOf({ threads }: Pick<TrainingOptions, 'threads'>): Pick<FitOptions, 'engine'> {
  return threads === 1 ? {} : { engine: gradientPool({ threads }) };
}

/** What a run is resumed with only if it is the same: besides what `fit` compares by itself. */
export function configurationOf({
  dataset,
  augment,
  heldOut,
  trainImages,
  seed,
}: Pick<TrainingOptions, 'augment' | 'heldOut' | 'trainImages' | 'seed'> & { readonly dataset: string }): Description {
  return { dataset, augment, heldOut, trainImages: trainImages ?? 'all', seed, kernels: kernelBuild() };
}
