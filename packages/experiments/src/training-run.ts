import { batchCount, batches, type ImageSource, type Normalization } from '@rheobase/datasets';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { FitOptions, FitResult, TrainingProgress } from '@rheobase/training';
import {
  adamW,
  cosine,
  fit,
  heldOutAccuracy,
  linear,
  type OptimizerDefinition,
  type Schedule,
  sgd,
  warmUp,
} from '@rheobase/training';
import { type AugmentationDetails, type AugmentationStrength, augmentationsOf } from './augmentation-strength.js';
import { batchesOf, type Images } from './image-batches.js';
import type { NetworkRegistries } from './network-registries.js';

/** How the learning rate falls to 0: along half a cosine, or in a straight line. */
export const rateSchedules = ['cosine', 'linear'] as const;

/** Stochastic gradient descent with momentum 0.9, the same with Nesterov's momentum, or AdamW. */
export const optimizers = ['sgd', 'nesterov', 'adamw'] as const;

/** How a network is trained. */
export interface TrainingRecipe extends AugmentationDetails {
  readonly epochs: number;
  readonly batchSize: number;
  /** Images whose gradient is computed at once, and that batch norms see; default: half a batch. */
  readonly microBatch?: number | undefined;
  /** Highest learning rate; it falls to 0 (METHOD §1, §3). */
  readonly learningRate: number;
  /** How it falls; default: `cosine`. `linear` after a warm-up is the one-cycle schedule. */
  readonly schedule?: (typeof rateSchedules)[number] | undefined;
  /** Fraction of training in which the learning rate rises to its maximum; default: 0. */
  readonly warmUp?: number | undefined;
  /** Factor on the learning rate of biases, those of batch norms included; default: 1. */
  readonly biasRate?: number | undefined;
  /** Factor on the learning rate of θ; default: 1. */
  readonly thresholdRate?: number | undefined;
  /** Of weights; θ and batch norms are spared (METHOD §1). */
  readonly weightDecay: number;
  readonly augment: AugmentationStrength;
  /** Fraction of the epochs after which strong augmentation becomes standard, so that training ends on usual images; default: 1. */
  readonly standardFrom?: number | undefined;
  /** Default: `sgd`. */
  readonly optimizer?: (typeof optimizers)[number] | undefined;
  /** Epochs in a row without a higher held-out score, after which training ends; default: all epochs are done. */
  readonly patience?: number | undefined;
  /** Gradients are shortened to this global norm where theirs is larger. */
  readonly clipNorm?: number | undefined;
  /** Keeps an average of the weights, with this decay per step; it is validated and kept instead of them. */
  readonly averageDecay?: number | undefined;
  /** Settles order, augmentation and noise. */
  readonly seed: number;
}

/** How far training is, after each batch. */
export interface TrainingRunProgress extends TrainingProgress {
  /** Images done, over all epochs. */
  readonly images: number;
  readonly totalImages: number;
  /** Score of the latest epoch, 0…1. */
  readonly heldOut?: number;
}

/** What a run needs in addition to its recipe; none of it changes the result. */
export interface TrainingMeans extends Pick<FitOptions, 'checkpoints' | 'configuration' | 'signal' | 'engine'> {
  readonly onBatch?: (progress: TrainingRunProgress) => void;
  /** Told before training of what may not be what was meant: a site that was never active. */
  readonly onWarning?: (text: string) => void;
  /** Models from outside; default: the built-in ones. */
  readonly registries?: NetworkRegistries;
}

/** What a network is trained on, and how. */
export interface TrainingRun {
  readonly network: Network;
  readonly training: ImageSource;
  readonly normalization: Normalization;
  /** Images that training never sees; the best epoch is chosen on them. */
  readonly heldOut?: Images;
  readonly recipe: TrainingRecipe;
  /** The loss, and how logits are computed during training. */
  readonly objective?: Pick<FitOptions, 'loss' | 'teacher' | 'forward' | 'gradientScales'>;
  readonly means?: TrainingMeans;
}

export interface TrainedNetwork {
  readonly network: Network;
  readonly result: FitResult;
}

/**
 * Trains a classifier. `registerTrainingKernels` must have been called.
 *
 * @throws if the images do not fill one batch, and as `fit` does. An aborted run is not an error: its result says that it is not
 *   complete.
 */
export async function train(run: TrainingRun): Promise<TrainedNetwork> {
  const { training, normalization, heldOut, recipe, means = {} } = run;
  const { epochs, batchSize, seed, microBatch = Math.ceil(batchSize / 2) } = recipe;
  const full = augmentationsOf(recipe.augment, normalization, recipe);
  const end = augmentationsOf(lastStrength(recipe), normalization, recipe);
  const lastFrom = epochs * (recipe.standardFrom ?? 1);
  const order = { batchSize, normalization, order: 'shuffled', remainder: 'drop', seed } as const;
  const batchesPerEpoch = batchCount(training.length, order);
  if (batchesPerEpoch === 0) {
    throw new Error(
      `${training.length} training images do not fill one batch of ${batchSize}; take smaller batches, or more images.`,
    );
  }
  const { onBatch, onWarning: _, registries, ...others } = means;
  const bound = bind(run.network, registries);
  try {
    let latest: number | undefined;
    const result = await fit(
      bound,
      {
        batchesPerEpoch,
        epoch: (epoch, from) => batches(training, { ...order, augment: epoch < lastFrom ? full : end, epoch, from }),
      },
      {
        ...run.objective,
        ...others,
        epochs,
        seed,
        microBatch,
        schedule: scheduleOf(recipe),
        optimizer: optimizerOf(recipe),
        ...(recipe.patience !== undefined && { patience: recipe.patience }),
        ...(recipe.clipNorm !== undefined && { clipNorm: recipe.clipNorm }),
        ...(recipe.averageDecay !== undefined && { averageDecay: recipe.averageDecay }),
        ...(heldOut && { validate: heldOutAccuracy(() => batchesOf(heldOut, bound), run.objective?.forward) }),
        onBatch: (progress) =>
          onBatch?.({
            ...progress,
            images: progress.batch * batchSize,
            totalImages: epochs * batchesPerEpoch * batchSize,
            ...(latest !== undefined && { heldOut: latest }),
          }),
        onEpoch: ({ score }) => {
          latest = score;
        },
      },
    );
    return { network: bound.snapshot(), result };
  } finally {
    bound.dispose();
  }
}

/** What strong augmentation becomes in the end. */
function lastStrength({ augment }: TrainingRecipe): AugmentationStrength {
  return augment === 'strong' ? 'standard' : augment;
}

function scheduleOf({ learningRate, schedule = 'cosine', warmUp: rising }: TrainingRecipe): Schedule {
  const falling = schedule === 'cosine' ? cosine(learningRate) : linear(learningRate);
  return rising ? warmUp(rising, falling) : falling;
}

function optimizerOf({ optimizer = 'sgd', weightDecay, biasRate, thresholdRate }: TrainingRecipe): OptimizerDefinition {
  const roles = {
    weightDecay: { weight: weightDecay },
    rateFactor: {
      ...(biasRate !== undefined && { bias: biasRate }),
      ...(thresholdRate !== undefined && { threshold: thresholdRate }),
    },
  };
  switch (optimizer) {
    case 'sgd':
    case 'nesterov':
      return sgd({ momentum: 0.9, nesterov: optimizer === 'nesterov', ...roles });
    case 'adamw':
      return adamW(roles);
  }
}
