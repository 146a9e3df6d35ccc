import { calibrate, type CalibrationImages } from '@rheobase/calibrator';
import { fileCalibrationStore } from '@rheobase/calibrator/node';
import { describeInactive, foldBatchNorm, inactiveSites, toQuantClip, toSpiking } from '@rheobase/converter';
import type { BoxSource } from '@rheobase/datasets';
import { bind, fittingBatch, recordChannelThresholds } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { spikingForward } from '@rheobase/training';
import { inBatches } from '../../image-batches.js';
import { sitesWithoutThreshold } from '../../sites-without-threshold.js';
import { methodOfPass } from '../stages/calibration-stage.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { type DetectionContext, type DetectionStage, runDetectionStage } from './detection-stage.js';
import { detectorTraining } from './detector-training.js';
import { jsonOf } from '../folder/json-of.js';
import { StoppedEarly } from '../stages/training-session.js';

/** What the stages learn from. */
export interface DetectionImages {
  readonly training: BoxSource;
  /** What layers are calibrated on, and stop by. */
  readonly calibration: CalibrationImages;
  readonly heldOut: CalibrationImages;
}

/** The stages of a run on a detector, all done. */
export interface DetectionStages {
  readonly source: DetectionStage;
  /** The source network, its batch norms folded. */
  readonly folded: Network;
  readonly quantClip: DetectionStage;
  /** The conversion, and what calibration and the training end to end made of it, in their order. */
  readonly spiking: readonly DetectionStage[];
  /** Of the spiking ones, by held-out images. */
  readonly best: DetectionStage;
}

/**
 * Does what is not done yet of a detector's stages: training, quantization-clip fine-tuning, conversion, layer-wise calibration and, if the
 * experiment says so, training end to end.
 *
 * @param built the detector with random weights
 * @throws {StoppedEarly} if the signal stopped it.
 */
export async function runDetectionStages(
  context: DetectionContext,
  { detector, stageOne, stageTwo, endToEnd }: DetectionExperiment,
  built: Network,
  { training, ...inputs }: DetectionImages,
): Promise<DetectionStages> {
  const { steps, seed, folder, signal } = context;
  const source = await runDetectionStage(context, {
    name: 'sourceUnfolded',
    settings: jsonOf(detector),
    after: [],
    work: detectorTraining(context, built, training, detector),
  });
  const folded = foldBatchNorm(source.network);
  const quantClip = await runDetectionStage(context, {
    name: 'quantClip',
    settings: jsonOf(stageOne),
    after: [source],
    work: async (report, checkpoint) => {
      const thresholds = await thresholdsOf(folded, inputs.calibration, stageOne.percentile);
      for (const found of inactiveSites(thresholds)) {
        folder.metrics.note('quantClip', { warning: `${found.site}: ${describeInactive(found)}` });
      }
      const quantized = toQuantClip(folded, { levels: steps, noise: stageOne.noise, thresholds });
      return detectorTraining(context, quantized, training, stageOne)(report, checkpoint);
    },
  });
  const spiking: DetectionStage[] = [
    await runDetectionStage(context, {
      name: 'converted',
      settings: {},
      after: [quantClip],
      work: async () => toSpiking(quantClip.network),
    }),
  ];
  for (const pass of stageTwo.passes) {
    const from = spiking.at(-1) ?? quantClip;
    const method = methodOfPass(pass, stageTwo.bptt);
    const passed = await runDetectionStage(context, {
      name: pass,
      settings: { ...method.description },
      after: [quantClip, from],
      work: async (report, checkpoint) => {
        const task = { quantized: quantClip.network, spiking: from.network, steps, ...inputs };
        const { network, completed } = await calibrate(task, method, {
          seed,
          store: fileCalibrationStore(checkpoint),
          ...(signal && { signal }),
          onProgress: ({ index, sites, site }) => report({ done: index, total: sites, unit: 'sites', note: site }),
        });
        if (!completed) throw new StoppedEarly(folder.path);
        return network;
      },
    });
    spiking.push(passed);
  }
  if (endToEnd !== undefined) {
    const from = bestOf(spiking);
    const { surrogate, slope } = endToEnd;
    const forward = spikingForward({ steps, surrogate, ...(slope !== undefined && { slope }) });
    spiking.push(
      await runDetectionStage(context, {
        name: 'endToEnd',
        settings: jsonOf(endToEnd),
        after: [from],
        work: detectorTraining(context, from.network, training, endToEnd, forward),
      }),
    );
  }
  return { source, folded, quantClip, spiking, best: bestOf(spiking) };
}

/** The best on held-out images, the earlier of two alike. */
function bestOf(stages: readonly DetectionStage[]): DetectionStage {
  const [first] = stages;
  if (first === undefined) throw new Error('There is no stage to choose from.');
  return stages.reduce((best, stage) => (stage.meanApAtHalf > best.meanApAtHalf ? stage : best), first);
}

async function thresholdsOf(
  network: Network,
  images: CalibrationImages,
  percentile: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const bound = bind(network);
  try {
    const nodes = sitesWithoutThreshold(network);
    const batchSize = fittingBatch(network, { most: 16, record: nodes });
    return await recordChannelThresholds(bound, inBatches(images, batchSize), {
      nodes,
      rule: { kind: 'percentile', percentile },
    });
  } finally {
    bound.dispose();
  }
}
