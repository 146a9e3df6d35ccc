import { cpus } from 'node:os';
import { defaultEnergyModels } from '@rheobase/analysis';
import { calibrate, type CalibrationImages } from '@rheobase/calibrator';
import { fileCalibrationStore } from '@rheobase/calibrator/node';
import { foldBatchNorm, toQuantClip, toSpiking } from '@rheobase/converter';
import {
  type BoxAugmentation,
  boxBatches,
  boxSubset,
  type BoxSource,
  colorJitter,
  cropBoxes,
  defaultNormalizations,
  flipBoxes,
  pixelsOnly,
  shuffledOrder,
} from '@rheobase/datasets';
import { defaultBoxDatasets } from '@rheobase/datasets/node';
import { defaultApProtocols, detectorOf, joinOutputs, withParametersOf } from '@rheobase/detection';
import { boxTrainingSource, detectionLoss } from '@rheobase/detection/training';
import { bind, recordChannelThresholds, startTensorBackend } from '@rheobase/execution';
import { defaultDetectors } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { cosine, fit, type Forward, sgd, spikingForward, warmUp } from '@rheobase/training';
import { fileCheckpoints } from '@rheobase/training/node';
import { analogDetections } from '../detection/analog-detections.js';
import type { BoxImages } from '../detection/box-images.js';
import {
  doublingSteps,
  type SpikingDetectionSummary,
  summarizeDetections,
} from '../detection/spiking-detection-summary.js';
import { spikingDetections } from '../detection/spiking-detections.js';
import type { EngineName } from '../spiking-engine.js';
import { sitesWithoutThreshold } from '../sites-without-threshold.js';
import { keepCommand } from './begun-command.js';
import { methodOfPass } from './calibration-stage.js';
import { engineNamed } from './choose-engine.js';
import type { DetectionExperiment } from './detection-schema.js';
import { type DetectionContext, type DetectionStage, meanApAtHalf, runDetectionStage } from './detection-stage.js';
import { jsonOf } from './json-of.js';
import { type Versions, versions } from './record.js';
import { openRunFolder } from './run-folder.js';
import { isSpiking } from './stage.js';
import { StoppedEarly } from './training-session.js';

export interface ReproduceDetectionOptions extends Pick<DetectionContext, 'signal' | 'onProgress' | 'onStage'> {
  readonly experiment: DetectionExperiment;
  /** T and seed; the first of the experiment's unless given. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  /** Reports on the first so many test images; what the experiment says unless given. */
  readonly testImages?: number | undefined;
  /** Who simulates the spiking networks whose mean AP is counted; tfjs unless given. */
  readonly engine?: EngineName;
  /**
   * Threads of the event engine, which share its images; 1 unless given. tfjs has one, and gradients are taken on one: threads that take them know
   * no loss of detectors. The result does not depend on it.
   */
  readonly threads?: number;
  /** The plain SIMD kernels, which give the same bytes on every engine. */
  readonly deterministic?: boolean;
  /** The folder of the run; a run that was begun there is gone on with. */
  readonly out: string;
  readonly openTraining: () => Promise<BoxSource>;
  /** Opens the test images; called after every choice was made. */
  readonly openTest: () => Promise<BoxSource>;
  /** What a smoke run made smaller: it is recorded. */
  readonly smoke?: readonly string[] | undefined;
  /** How the run was begun, in words of a command line: kept in the folder, in `command.json`, and in no record. */
  readonly command?: readonly string[] | undefined;
  /** Told once the folder is this run's, before any stage. */
  readonly onBegin?: () => void;
}

/** What a run on a detector came to: every stage on held-out images, then on the test set. Mean AP is at an overlap of 0.5, 0…1. */
export interface DetectionRunResult {
  readonly steps: number;
  readonly seed: number;
  readonly protocol: string;
  readonly images: number;
  /** Of the source network, on the test images. */
  readonly ann: number;
  readonly quantClip: number;
  /** By stage, of spiking networks. */
  readonly stages: Readonly<Record<string, SpikingDetectionSummary>>;
  readonly validation: Readonly<Record<string, number>>;
  /** By stage, in all processes that had a part in it; `test` is the end, and `total` the sum. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The stage whose network is `network.safetensors`: the best on held-out images. */
  readonly network: string;
  readonly reason: string;
  /** What a smoke run made smaller, in words; absent for any other run. */
  readonly smoke?: readonly string[];
  /** Of every stage's network file. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly versions: Versions;
  readonly processor: string;
}

type Optimization = Omit<DetectionExperiment['stageOne'], 'percentile' | 'noise'>;

/**
 * Takes a detector through both stages for one T and one seed: training, quantization-clip fine-tuning, conversion, layer-wise calibration, and, if the
 * experiment says so, fine-tuning end to end; chosen on held-out training images, then measured on the test set, which is read once.
 * Interrupted at any moment and called again, it goes on where it was.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or there are too few images.
 */
export async function reproduceDetection(options: ReproduceDetectionOptions): Promise<DetectionRunResult> {
  const { experiment, steps = experiment.steps[0] ?? 1, seed = experiment.seeds[0] ?? 0, smoke } = options;
  const { engine = 'tfjs', threads = 1, deterministic = false } = options;
  const { detector: fields, stageOne, stageTwo, endToEnd, energy } = experiment;
  const data = { ...experiment.data, testImages: options.testImages ?? experiment.data.testImages };
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const family = defaultDetectors.get(fields.model);
  const built = family.build({ ...fields.options, seed });
  const detector = detectorOf(built);
  const protocol = defaultApProtocols.get(data.protocol ?? defaultBoxDatasets.get(data.dataset).protocol);
  const look = {
    normalization: defaultNormalizations.get(family.normalization),
    fit: family.imageFit,
    size: detector.size,
  };
  const imagesOf = (source: BoxSource, count = source.length): BoxImages => ({
    ...look,
    source,
    count: Math.min(count, source.length),
    batchSize: 16,
  });

  const all = await options.openTraining();
  const parts = partBoxes(all, { ...data, seed });
  const inputs = {
    calibration: await inMemory(imagesOf(parts.calibration)),
    heldOut: await inMemory(imagesOf(parts.earlyStopping)),
  };
  const { budget, paper, table, description, expected: _, ...settled } = experiment;
  // Runs that were begun before there was a choice name none.
  const counted = engine === 'tfjs' ? {} : { engine };
  const folder = await openRunFolder(
    options.out,
    jsonOf({ ...settled, data, steps, seed, ...counted, kernels: kernelBuild() }),
    {
      budget,
      paper,
      table,
      description,
      ...(smoke && { smoke }),
      versions: await versions(),
    },
  );
  try {
    folder.metrics.note('run', { event: 'begun', threads, process: process.pid, ...(await versions()) });
    await keepCommand(folder, options.command);
    options.onBegin?.();
    return await runStages();
  } finally {
    await folder.close();
  }

  async function runStages(): Promise<DetectionRunResult> {
    const context: DetectionContext = {
      ...options,
      steps,
      seed,
      folder,
      detector,
      protocol,
      heldOut: imagesOf(parts.heldOut),
      startEngine: engineNamed(engine, threads),
      kernels: kernelBuild(),
    };

    const source = await runDetectionStage(context, {
      name: 'sourceUnfolded',
      settings: jsonOf(fields),
      after: [],
      work: training(context, named(built, all.classNames), parts.training, fields),
    });
    const folded = foldBatchNorm(source.network);
    const quantClip = await runDetectionStage(context, {
      name: 'quantClip',
      settings: jsonOf(stageOne),
      after: [source],
      work: async (report, checkpoint) => {
        const thresholds = await thresholdsOf(folded, inputs.calibration, stageOne.percentile);
        const quantized = toQuantClip(folded, { levels: steps, noise: stageOne.noise, thresholds });
        return training(context, quantized, parts.training, stageOne)(report, checkpoint);
      },
    });
    const stages: DetectionStage[] = [
      await runDetectionStage(context, {
        name: 'converted',
        settings: {},
        after: [quantClip],
        work: async () => toSpiking(quantClip.network),
      }),
    ];
    for (const pass of stageTwo.passes) {
      const from = stages.at(-1) ?? quantClip;
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
            ...(options.signal && { signal: options.signal }),
            onProgress: ({ index, sites, site }) => report({ done: index, total: sites, unit: 'sites', note: site }),
          });
          if (!completed) throw new StoppedEarly(folder.path);
          return network;
        },
      });
      stages.push(passed);
    }
    if (endToEnd !== undefined) {
      const from = bestOf(stages);
      const { surrogate, slope } = endToEnd;
      const forward = spikingForward({ steps, surrogate, ...(slope !== undefined && { slope }) });
      stages.push(
        await runDetectionStage(context, {
          name: 'endToEnd',
          settings: jsonOf(endToEnd),
          after: [from],
          work: training(context, from.network, parts.training, endToEnd, forward),
        }),
      );
    }
    const best = bestOf(stages);
    await folder.writeNetwork('source', folded);
    await folder.writeNetwork('network', best.network);

    // Every choice is made: the test set is read here.
    const testBegun = performance.now();
    const test = imagesOf(await options.openTest(), data.testImages);
    const { model, firstLayer, readOut } = energy;
    const counting = { model: defaultEnergyModels.get(model), boundary: { firstLayer, readOut } };
    const summaries: Record<string, SpikingDetectionSummary> = {};
    const reference = bind(folded);
    try {
      const ann = protocol.evaluate(
        await analogDetections(reference, detector, test),
        detector.spec.classes,
      ).meanApAtHalf;
      for (const { name, network } of stages) {
        const engine = await context.startEngine(network);
        try {
          const found = await spikingDetections(engine, detector, test, {
            steps,
            readAt: doublingSteps(steps),
            reference,
            onBatch: (done) =>
              options.onProgress?.({ task: `test of ${name}`, done, total: test.count, unit: 'images', note: '' }),
          });
          summaries[name] = summarizeDetections(network, found, { protocol, classes: detector.spec.classes, counting });
        } finally {
          await engine.dispose();
        }
      }
      const quantized = await meanApAtHalf({ ...context, heldOut: test }, quantClip.network);
      const everyStage = [source, quantClip, ...stages];
      const result: DetectionRunResult = {
        steps,
        seed,
        protocol: protocol.name,
        images: test.count,
        ann,
        quantClip: quantized,
        stages: summaries,
        validation: Object.fromEntries(everyStage.map(({ name, meanApAtHalf: value }) => [name, value])),
        seconds: secondsOf(everyStage, (performance.now() - testBegun) / 1000),
        network: best.name,
        reason: experiment.reason,
        ...(smoke !== undefined && { smoke }),
        sha256: Object.fromEntries(everyStage.map(({ name, sha256 }) => [name, sha256])),
        versions: await versions(),
        processor: cpus()[0]?.model ?? 'unknown',
      };
      await folder.writeJson('result', result);
      return result;
    } finally {
      reference.dispose();
      await test.source.close();
      await all.close();
    }
  }
}

function secondsOf(stages: readonly DetectionStage[], test: number): Readonly<Record<string, number>> {
  const total = stages.reduce((sum, { seconds }) => sum + seconds, test);
  return { ...Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds])), test, total };
}

/** The best on held-out images, the earlier of two alike. */
function bestOf(stages: readonly DetectionStage[]): DetectionStage {
  const [first] = stages;
  if (first === undefined) throw new Error('There is no stage to choose from.');
  return stages.reduce((best, stage) => (stage.meanApAtHalf > best.meanApAtHalf ? stage : best), first);
}

interface BoxParts {
  readonly training: BoxSource;
  readonly heldOut: BoxSource;
  /** Both are training images too. */
  readonly calibration: BoxSource;
  readonly earlyStopping: BoxSource;
}

/** @throws if there are not enough images. */
function partBoxes(
  source: BoxSource,
  { heldOut, calibration, earlyStopping, trainImages, seed }: DetectionExperiment['data'] & { readonly seed: number },
): BoxParts {
  const order = Array.from(shuffledOrder(source.length, seed, 0));
  const training = order.slice(heldOut, trainImages === undefined ? undefined : heldOut + trainImages);
  if (training.length < calibration + earlyStopping) {
    throw new Error(
      `${source.name}: of ${source.length} images ${training.length} are left to train on, but ${calibration} are to calibrate on ` +
        `and ${earlyStopping} to stop by. Take fewer.`,
    );
  }
  return {
    training: boxSubset(source, training),
    heldOut: boxSubset(source, order.slice(0, heldOut)),
    calibration: boxSubset(source, training.slice(0, calibration)),
    earlyStopping: boxSubset(source, training.slice(calibration, calibration + earlyStopping)),
  };
}

async function inMemory({ source, count, ...look }: BoxImages): Promise<CalibrationImages> {
  for await (const { images, shape } of boxBatches(source, { ...look, batchSize: count }))
    return { shape, data: images };
  throw new Error(`${source.name}: there are no images.`);
}

/** What the network's file says of its classes. */
function named(network: Network, classNames: readonly string[]): Network {
  return { ...network, metadata: { ...network.metadata, classNames: classNames.join(',') } };
}

async function thresholdsOf(
  network: Network,
  { data, shape }: CalibrationImages,
  percentile: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const bound = bind(network);
  try {
    return await recordChannelThresholds(bound, [{ images: data, shape }], {
      nodes: sitesWithoutThreshold(network),
      rule: { kind: 'percentile', percentile },
    });
  } finally {
    bound.dispose();
  }
}

const augmentations: Readonly<Record<Optimization['augment'], readonly BoxAugmentation[]>> = {
  none: [],
  flip: [flipBoxes()],
  strong: [flipBoxes(), cropBoxes(), pixelsOnly(colorJitter())],
};

/** Training of a detector as a stage: with checkpoints, the best epoch by held-out images kept. */
function training(
  context: DetectionContext,
  network: Network,
  source: BoxSource,
  { epochs, rate, warmUp: rising, weightDecay, clipNorm, batch, augment }: Optimization,
  forward?: Forward,
): (report: Parameters<Parameters<typeof runDetectionStage>[1]['work']>[0], checkpoint: string) => Promise<Network> {
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
