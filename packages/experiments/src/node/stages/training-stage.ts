import { pathToFileURL } from 'node:url';
import { fileCheckpoints, gradientPool } from '@rheobase/training/node';
import { assertAugments } from '../../augmentation-strength.js';
import type { TrainingImages } from '../../training-images.js';
import type { TrainedNetwork, TrainingMeans, TrainingRecipe } from '../../training-run.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import type { Stage, StageMeans } from '../runner/plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';

/** Fields of a recipe that are absent, not defaulted, where a file does not set them: records and identities of runs without them stay as they were. */
const unsetFields = [
  'schedule',
  'optimizer',
  'biasRate',
  'thresholdRate',
  'flip',
  'surround',
  'cutout',
  'standardFrom',
  'averageDecay',
] as const;

type Optimization = Pick<
  Extract<Experiment['network']['source'], { readonly kind: 'trained' }>,
  'epochs' | 'learningRate' | 'warmUp' | 'weightDecay' | 'batchSize' | 'microBatch' | 'augment'
> &
  Pick<TrainingRecipe, (typeof unsetFields)[number]>;

/**
 * The recipe that fields of an experiment say.
 *
 * @throws if they say how images are augmented that are to stay as they are.
 */
export function recipeFrom(fields: Optimization, seed: number): TrainingRecipe {
  const { epochs, learningRate, warmUp, weightDecay, batchSize, microBatch, augment } = fields;
  assertAugments(augment, fields);
  const set = unsetFields.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const]));
  return {
    epochs,
    learningRate,
    warmUp,
    weightDecay,
    microBatch,
    augment,
    batchSize,
    seed,
    ...Object.fromEntries(set),
  };
}

/** Trains a network as a stage does: with what the run gives, on its images. */
export type Trainer<Split> = (means: TrainingMeans, run: StageMeans<Split>) => Promise<TrainedNetwork>;

/**
 * The work of a stage that trains: with checkpoints, on the run's threads, until the signal stops it.
 *
 * @param configuration what identifies a checkpoint, in addition to the recipe
 */
export function trainingWork<Split extends TrainingImages>(
  trainer: Trainer<Split>,
  configuration: (run: StageMeans<Split>) => Promise<NonNullable<TrainingMeans['configuration']>> = async ({
    kernels,
  }) => ({
    kernels,
  }),
): Stage<Split>['work'] {
  return async (run, report, checkpoint) => {
    const { threads, signal, registries } = run;
    const warnings: string[] = [];
    const means: TrainingMeans = {
      onWarning: (text) => warnings.push(text),
      // One thread takes gradients itself; more take them side by side, to the same bytes.
      ...(threads > 1 && {
        engine: gradientPool({ threads, modules: registries.plugins.map(({ file }) => pathToFileURL(file).href) }),
      }),
      ...(signal && { signal }),
      registries,
      checkpoints: { store: fileCheckpoints(checkpoint), everyBatches: 50 },
      configuration: await configuration(run),
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
    const { network, result } = await trainer(means, run);
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
