import { type BoxAugmentation, colorJitter, cropBoxes, flipBoxes, pixelsOnly } from '@rheobase/datasets';
import { type Detector, joinOutputs, withParametersOf } from '@rheobase/detection';
import { boxTrainingSource, detectionLoss } from '@rheobase/detection/training';
import { bind } from '@rheobase/execution';
import { isSpiking, type Network } from '@rheobase/network';
import { cosine, fit, type Forward, sgd, warmUp } from '@rheobase/training';
import { fileCheckpoints } from '@rheobase/training/node';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import type { Report, Stage, StageMeans } from '../runner/plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';
import type { detection, DetectionSplit } from '../tasks/detection.js';

type Optimization = Omit<DetectionExperiment['stageOne'], 'percentile' | 'noise'>;

const augmentations: Readonly<Record<Optimization['augment'], readonly BoxAugmentation[]>> = {
  none: [],
  flip: [flipBoxes()],
  strong: [flipBoxes(), cropBoxes(), pixelsOnly(colorJitter())],
};

/** A network to train, and how its outputs are computed in the meantime; default: as an analog one's. */
interface TrainableNetwork {
  readonly network: Network;
  readonly forward?: Forward;
}

/** Training of a detector as the work of a stage: with checkpoints, the best epoch by held-out images kept. */
export function detectorTraining(
  task: Pick<ReturnType<typeof detection>, 'validate'>,
  detector: Detector,
  { epochs, learningRate, warmUp: rising, weightDecay, clipNorm, batchSize, augment }: Optimization,
): (
  given: TrainableNetwork,
  means: StageMeans<DetectionSplit>,
  report: Report,
  checkpoint: string,
) => ReturnType<Stage<DetectionSplit>['work']> {
  return async ({ network, forward }, means, report, checkpoint) => {
    const { split, seed, signal, folder, kernels, registries } = means;
    const { heldOut, training } = split;
    const { normalization, fit: imageFit, size } = heldOut;
    const bound = bind(joinOutputs(network), registries);
    const trained = (): Network => withParametersOf(network, bound.snapshot());
    try {
      const images = boxTrainingSource(training, {
        batchSize,
        size,
        fit: imageFit,
        normalization,
        seed,
        augment: augmentations[augment],
      });
      const { completed } = await fit(bound, images, {
        epochs,
        schedule: rising > 0 ? warmUp(rising, cosine(learningRate)) : cosine(learningRate),
        optimizer: sgd({ momentum: 0.9, weightDecay: { weight: weightDecay } }),
        loss: detectionLoss(detector),
        ...(forward && { forward }),
        clipNorm,
        seed,
        validate: async () => (await task.validate(trained(), heldOut, { ...means, onImages: () => undefined })).score,
        checkpoints: { store: fileCheckpoints(checkpoint), everyBatches: 50 },
        configuration: { kernels, augment, images: training.length, spiking: isSpiking(network) },
        ...(signal && { signal }),
        onBatch: ({ batch: done, batches, loss, imagesPerSecond }) =>
          report({
            done,
            total: batches,
            unit: 'batches',
            note: `loss ${loss.toFixed(2)}, ${imagesPerSecond.toFixed(0)}/s`,
          }),
      });
      if (!completed) throw new StoppedEarly(folder.path);
      return { network: trained(), details: {} };
    } finally {
      bound.dispose();
    }
  };
}
