import {
  type BoxAugmentation,
  type BoxSource,
  colorJitter,
  cropBoxes,
  flipBoxes,
  pixelsOnly,
} from '@rheobase/datasets';
import { joinOutputs, withParametersOf } from '@rheobase/detection';
import { boxTrainingSource, detectionLoss } from '@rheobase/detection/training';
import { bind } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import { cosine, fit, type Forward, sgd, warmUp } from '@rheobase/training';
import { fileCheckpoints } from '@rheobase/training/node';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { type DetectionContext, type DetectionStageWork, meanApAtHalf } from './detection-stage.js';
import { StoppedEarly } from '../stages/training-session.js';

type Optimization = Omit<DetectionExperiment['stageOne'], 'percentile' | 'noise'>;

const augmentations: Readonly<Record<Optimization['augment'], readonly BoxAugmentation[]>> = {
  none: [],
  flip: [flipBoxes()],
  strong: [flipBoxes(), cropBoxes(), pixelsOnly(colorJitter())],
};

/** Training of a detector as a stage: with checkpoints, the best epoch by held-out images kept. */
export function detectorTraining(
  context: DetectionContext,
  network: Network,
  source: BoxSource,
  { epochs, rate, warmUp: rising, weightDecay, clipNorm, batch, augment }: Optimization,
  forward?: Forward,
): DetectionStageWork['work'] {
  return async (report, checkpoint) => {
    const { detector, heldOut, seed, signal, folder } = context;
    const { normalization, fit: imageFit, size } = heldOut;
    const bound = bind(joinOutputs(network));
    try {
      const images = boxTrainingSource(source, {
        batchSize: batch,
        size,
        fit: imageFit,
        normalization,
        seed,
        augment: augmentations[augment],
      });
      const { completed } = await fit(bound, images, {
        epochs,
        schedule: rising > 0 ? warmUp(rising, cosine(rate)) : cosine(rate),
        optimizer: sgd({ momentum: 0.9, weightDecay: { weight: weightDecay } }),
        loss: detectionLoss(detector),
        ...(forward && { forward }),
        clipNorm,
        seed,
        validate: () => meanApAtHalf(context, withParametersOf(network, bound.snapshot())),
        checkpoints: { store: fileCheckpoints(checkpoint), everyBatches: 50 },
        configuration: { kernels: context.kernels, augment, images: source.length, spiking: isSpiking(network) },
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
      return withParametersOf(network, bound.snapshot());
    } finally {
      bound.dispose();
    }
  };
}
