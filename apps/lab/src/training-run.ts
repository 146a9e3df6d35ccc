import { batchCount, batches, type ImageSource, type Normalization } from '@rheobase/datasets';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { cosine, fit, sgd, warmUp } from '@rheobase/training';
import type { CommandOutput } from './command-output.js';
import { progress } from './progress.js';

export interface TrainingRun {
  readonly epochs: number;
  readonly batchSize: number;
  /** Highest learning rate; reached after a tenth of training, then down a cosine. */
  readonly rate: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/**
 * Trains a classifier on images with stochastic gradient descent. `registerTrainingKernels` must have been called.
 *
 * @returns the trained network
 */
export async function train(
  network: Network,
  source: ImageSource,
  normalization: Normalization,
  { epochs, batchSize, rate, weightDecay, seed }: TrainingRun,
  output: CommandOutput,
): Promise<Network> {
  const options = { batchSize, normalization, order: 'shuffled', remainder: 'drop', seed } as const;
  const perEpoch = batchCount(source.length, options);
  const bar = progress(output, 'training', epochs * perEpoch * batchSize, 'images');
  const bound = bind(network);
  try {
    let loss = Number.NaN;
    await fit(
      bound,
      { batchesPerEpoch: perEpoch, epoch: (epoch, from) => batches(source, { ...options, epoch, from }) },
      {
        epochs,
        seed,
        schedule: warmUp(0.1, cosine(rate)),
        // θ and the batch norms are spared weight decay (METHOD §1).
        optimizer: sgd({ momentum: 0.9, weightDecay: { weight: weightDecay } }),
        onBatch: (now) => {
          loss = Number.isNaN(loss) ? now.loss : 0.95 * loss + 0.05 * now.loss;
          bar.to(now.batch * batchSize, `loss ${loss.toFixed(2)}`);
        },
      },
    );
    return bound.snapshot();
  } finally {
    bar.end();
    bound.dispose();
  }
}
