import { type Augmentation, batchCount, batches, type ImageSource, type Normalization } from '@rheobase/datasets';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { FitOptions, FitResult } from '@rheobase/training';
import { cosine, fit, heldOutAccuracy, sgd, warmUp } from '@rheobase/training';
import type { CommandOutput } from './command-output.js';
import { batchesOf, type Images } from './image-batches.js';
import { progress } from './progress.js';

/** What a network is trained on, and how. */
export interface TrainingRun {
  readonly network: Network;
  readonly training: ImageSource;
  readonly normalization: Normalization;
  readonly augment: readonly Augmentation[];
  /** Images that training never sees; the best epoch is chosen on them. */
  readonly heldOut?: Images;
  readonly epochs: number;
  readonly batchSize: number;
  /** Highest learning rate; it follows a cosine down to 0 (METHOD §1, §3). */
  readonly rate: number;
  /** Share of training in which the rate rises to its highest. */
  readonly warmUp: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** What else `fit` is to be told. */
  readonly more?: Pick<
    FitOptions,
    'loss' | 'teacher' | 'checkpoints' | 'configuration' | 'signal' | 'microBatch' | 'engine'
  >;
}

export interface TrainedNetwork {
  readonly network: Network;
  readonly result: FitResult;
}

/** Trains a classifier by stochastic gradient descent. `registerTrainingKernels` must have been called. */
export async function train(run: TrainingRun, output: CommandOutput): Promise<TrainedNetwork> {
  const { training, normalization, augment, heldOut, epochs, batchSize, seed } = run;
  const order = { batchSize, normalization, augment, order: 'shuffled', remainder: 'drop', seed } as const;
  const batchesPerEpoch = batchCount(training.length, order);
  if (batchesPerEpoch === 0) {
    throw new Error(`${training.length} training images do not fill one batch of ${batchSize}; lower --batch.`);
  }
  const bar = progress(output, 'training', epochs * batchesPerEpoch * batchSize, 'images');
  const bound = bind(run.network);
  try {
    let score = '';
    const result = await fit(
      bound,
      { batchesPerEpoch, epoch: (epoch, from) => batches(training, { ...order, epoch, from }) },
      {
        ...run.more,
        epochs,
        seed,
        schedule: run.warmUp > 0 ? warmUp(run.warmUp, cosine(run.rate)) : cosine(run.rate),
        // θ and the batch norms are spared weight decay (METHOD §1).
        optimizer: sgd({ momentum: 0.9, weightDecay: { weight: run.weightDecay } }),
        ...(heldOut && { validate: heldOutAccuracy(() => batchesOf(heldOut)) }),
        onBatch: ({ batch, loss, imagesPerSecond }) =>
          bar.to(batch * batchSize, `loss ${loss.toFixed(2)} ${imagesPerSecond.toFixed(0)}/s${score}`),
        onEpoch: (record) => {
          if (record.score !== undefined) score = ` held out ${(100 * record.score).toFixed(1)} %`;
        },
      },
    );
    return { network: bound.snapshot(), result };
  } finally {
    bar.end();
    bound.dispose();
  }
}
