import { type BoxSource, normalizationNamed } from '@rheobase/datasets';
import { describeInactive, foldBatchNorm, inactiveSites, toQuantClip, toSpiking } from '@rheobase/converter';
import { defaultApProtocols, detectorOf } from '@rheobase/detection';
import { bind, type ModelRegistries, recordChannelThresholds } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { stageTwoPasses } from '@rheobase/methods';
import { inBatches } from '@rheobase/network';
import { spikingForward } from '@rheobase/training';
import type { BoxImages } from '../../detection/box-images.js';
import { defaultRegistries, type Registries } from '../../registries.js';
import { sitesWithoutThreshold } from '../../sites-without-threshold.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { networkIdentity } from '../experiment/network-identity.js';
import { jsonOf } from '../folder/json-of.js';
import type { Plan, Stage } from '../runner/plan.js';
import { calibrationStage, layerwiseOptions } from '../stages/calibration-stage.js';
import type { ImageOpeners } from '../tasks/classification.js';
import { detection, type DetectionFigures, type DetectionSplit } from '../tasks/detection.js';
import { type DetectionRunResult, detectionResult } from './detection-result.js';
import { detectorTraining } from './detector-training.js';

/** A detector’s experiment, and what is said on the command line rather than in its file. */
export interface DetectionRun extends ImageOpeners<BoxSource> {
  readonly experiment: DetectionExperiment;
  /** T and seed; default: the first of the experiment's. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  /** The number of test images, from the first; default: as in the experiment. */
  readonly testImages?: number | undefined;
  readonly registries?: Registries | undefined;
}

export type DetectionPlan = Plan<BoxImages, DetectionSplit, DetectionFigures, DetectionRunResult>;

/**
 * Takes a detector through both stages for one T and one seed: training, quantization-clip fine-tuning, conversion, layer-wise calibration, and, if the
 * experiment says so, fine-tuning end to end; chosen on held-out training images.
 */
export function detectionPlan({ experiment, registries = defaultRegistries, ...given }: DetectionRun): DetectionPlan {
  const { steps = experiment.steps[0] ?? 1, seed = experiment.seeds[0] ?? 0 } = given;
  const { budget, paper, table, description, expected: _, ...settled } = experiment;
  const { detector: source, stageOne, stageTwo, endToEnd, energy } = experiment;
  const data = { ...experiment.data, testImages: given.testImages ?? experiment.data.testImages };
  const { siteConversions: conversions } = registries;
  const family = registries.detectors.get(source.model);
  const normalization = normalizationNamed(data.normalization ?? family.normalization);
  const architecture = family.build({ ...source.options, seed });
  const built = { ...architecture, metadata: { ...architecture.metadata, normalization: normalization.name } };
  const detector = detectorOf(built);
  const protocol = defaultApProtocols.get(data.protocol ?? registries.boxDatasets.get(data.dataset).protocol);
  const task = detection({
    ...given,
    detector,
    protocol,
    normalization,
    fit: family.imageFit,
    data,
    seed,
    energy,
  });
  const training = (own: Parameters<typeof detectorTraining>[2]) => detectorTraining(task, detector, own);
  const spiking: Stage<DetectionSplit>[] = [
    {
      name: 'converted',
      settings: {},
      after: ['quantClip'],
      work: async ({ stage }) => ({
        network: toSpiking(stage('quantClip').network, { neurons: registries.neurons, conversions }),
        details: {},
      }),
    },
  ];
  for (const { name, method } of stageTwoPasses(stageTwo.passes, layerwiseOptions(stageTwo.bptt))) {
    const from = spiking.at(-1)?.name ?? 'quantClip';
    // T is in the origin of every stage.
    spiking.push(calibrationStage({ name, quantized: 'quantClip', from, method, settings: method.description }));
  }
  const calibrated = { bestOf: spiking.map(({ name }) => name) };
  if (endToEnd !== undefined) {
    const { surrogate, slope } = endToEnd;
    const forward = spikingForward({ steps, surrogate, ...(slope !== undefined && { slope }) });
    spiking.push({
      name: 'endToEnd',
      settings: jsonOf(endToEnd),
      after: [calibrated],
      work: (means, ...more) =>
        training(endToEnd)({ network: means.stage(calibrated).network, forward }, means, ...more),
    });
  }
  const names = spiking.map(({ name }) => name);
  return {
    title: `${table}: ${source.model} on ${data.dataset}, T = ${steps}`,
    task,
    steps,
    seed,
    identity: (hashes, kernels) => ({
      ...settled,
      detector: networkIdentity(source, family.options),
      data,
      steps,
      seed,
      hashes,
      kernels,
    }),
    description: { budget, paper, table, description },
    origin: { steps },
    stages: [
      {
        name: 'sourceUnfolded',
        settings: jsonOf(source),
        after: [],
        work: (means, ...more) => training(source)({ network: named(built, means.split.classNames) }, means, ...more),
      },
      {
        name: 'source',
        settings: {},
        after: ['sourceUnfolded'],
        work: async ({ stage }) => ({ network: foldBatchNorm(stage('sourceUnfolded').network), details: {} }),
      },
      {
        name: 'quantClip',
        settings: jsonOf(stageOne),
        after: ['sourceUnfolded'],
        work: async (means, ...more) => {
          const folded = means.stage('source').network;
          const thresholds = await thresholdsOf(folded, means.split, stageOne.percentile, registries);
          for (const found of inactiveSites(thresholds)) {
            means.folder.metrics.note('quantClip', { warning: `${found.site}: ${describeInactive(found)}` });
          }
          const network = toQuantClip(folded, { levels: steps, noise: stageOne.noise, thresholds, conversions });
          return training(stageOne)({ network }, means, ...more);
        },
      },
      ...spiking,
    ],
    networks: { network: { bestOf: names } },
    measured: ['source', 'quantClip', ...names],
    source: 'source',
    result: (run) => detectionResult(run, experiment, { protocol: protocol.name, spiking: names }),
  };
}

async function thresholdsOf(
  network: Network,
  { calibration }: DetectionSplit,
  percentile: number,
  registries: Partial<ModelRegistries>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const bound = bind(network, registries);
  try {
    const nodes = sitesWithoutThreshold(network);
    const batchSize = bound.fittingBatch({ most: 16, record: nodes });
    return await recordChannelThresholds(bound, inBatches(calibration, batchSize), {
      nodes,
      rule: { kind: 'percentile', percentile },
    });
  } finally {
    bound.dispose();
  }
}

/** What the network's file says of its classes. */
function named(network: Network, classNames: readonly string[]): Network {
  return { ...network, metadata: { ...network.metadata, classNames: classNames.join(',') } };
}
