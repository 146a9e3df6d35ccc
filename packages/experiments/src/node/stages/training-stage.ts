import type { FitOptions } from '@rheobase/training';
import { fileCheckpoints } from '@rheobase/training/node';
import type { TrainedNetwork, TrainingMeans, TrainingRecipe } from '../../training-run.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import type { Run } from './run.js';
import type { StageWork } from './stage.js';
import { engineOf, StoppedEarly } from './training-session.js';

type Optimization = Pick<
  Extract<Experiment['network']['source'], { readonly kind: 'trained' }>,
  'epochs' | 'rate' | 'warmUp' | 'weightDecay' | 'batch' | 'microBatch' | 'augment'
>;

/** The recipe that fields of an experiment say. */
export function recipeFrom({ batch, ...rest }: Optimization, seed: number): TrainingRecipe {
  const { epochs, rate, warmUp, weightDecay, microBatch, augment } = rest;
  return { epochs, rate, warmUp, weightDecay, microBatch, augment, batchSize: batch, seed };
}

/** The work of a stage that trains: with checkpoints, on the run's threads, until the signal stops it. */
export function trainingWork(run: Run, lesson: (means: TrainingMeans) => Promise<TrainedNetwork>): StageWork['work'] {
  return async (report, checkpoint) => {
    const warnings: string[] = [];
    const means: TrainingMeans = {
      onWarning: (text) => warnings.push(text),
      ...engine(run),
      ...(run.signal && { signal: run.signal }),
      checkpoints: { store: fileCheckpoints(checkpoint), everyBatches: 50 },
      configuration: { kernels: run.kernels },
      onBatch: ({ images, totalImages, loss, imagesPerSecond, heldOut }) => {
        const score = heldOut === undefined ? '' : `, held out ${(100 * heldOut).toFixed(1)} %`;
        const note = `loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)}/s${score}`;
        report({
          done: images,
          total: totalImages,
          unit: 'images',
          note,
          metrics: { loss, imagesPerSecond, ...(heldOut !== undefined && { heldOutAccuracy: heldOut }) },
        });
      },
    };
    const { network, result } = await lesson(means);
    if (!result.completed) throw new StoppedEarly(run.folder.path);
    const { history, best } = result;
    return {
      network,
      details: {
        epochs: history.length,
        best: best === undefined ? null : { ...best },
        history: history.map((epoch) => ({ ...epoch })),
        ...(warnings.length > 0 && { warnings }),
      },
    };
  };
}

function engine({ threads }: Run): Pick<FitOptions, 'engine'> {
  return engineOf(threads);
}
