import type { CalibrationImages } from '@rheobase/calibrator';
import { boxBatches, type BoxSource, normalizationNamed } from '@rheobase/datasets';
import { defaultBoxDatasets } from '@rheobase/datasets/node';
import { defaultApProtocols, detectorOf } from '@rheobase/detection';
import { startTensorBackend } from '@rheobase/execution';
import { defaultDetectors } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { assertHasObjects, type BoxImages } from '../../detection/box-images.js';
import type { EngineName } from '../../spiking-engine.js';
import { keepCommand } from '../folder/begun-command.js';
import { partBoxes } from './box-parts.js';
import { engineNamed } from '../stages/choose-engine.js';
import { type DetectionRunResult, detectionResult } from './detection-result.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { networkIdentity } from '../experiment/network-identity.js';
import type { DetectionContext } from './detection-stage.js';
import { runDetectionStages } from './detection-stages.js';
import { imageHashes, imagesHash, type ReadImages } from '../folder/image-hashes.js';
import { jsonOf } from '../folder/json-of.js';
import { versions } from '../folder/record.js';
import { openRunFolder, type RunFolder } from '../folder/run-folder.js';
import { noteFailure } from '../stages/failed-run.js';

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
  /** Told, in words, of what is out of the ordinary and no error. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Takes a detector through both stages for one T and one seed: training, quantization-clip fine-tuning, conversion, layer-wise calibration, and, if the
 * experiment says so, fine-tuning end to end; chosen on held-out training images, then measured on the test set, which is read once.
 * Interrupted at any moment and called again, it goes on where it was.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or one on other images or annotations, or there are too few images.
 */
export async function reproduceDetection(options: ReproduceDetectionOptions): Promise<DetectionRunResult> {
  const { experiment, steps = experiment.steps[0] ?? 1, seed = experiment.seeds[0] ?? 0, smoke } = options;
  const { engine = 'tfjs', threads = 1, deterministic = false } = options;
  const { model, options: asked } = experiment.detector;
  const data = { ...experiment.data, testImages: options.testImages ?? experiment.data.testImages };
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const family = defaultDetectors.get(model);
  const normalization = normalizationNamed(data.normalization ?? family.normalization);
  const architecture = family.build({ ...asked, seed });
  const built = { ...architecture, metadata: { ...architecture.metadata, normalization: normalization.name } };
  const detector = detectorOf(built);
  const look = {
    normalization,
    fit: family.imageFit,
    size: detector.size,
    batchSize: 16,
  };
  const imagesOf = (source: BoxSource, count = source.length): BoxImages => ({
    ...look,
    source,
    count: Math.min(count, source.length),
  });

  const all = await options.openTraining();
  let folder: RunFolder | undefined;
  try {
    const parts = partBoxes(all, { ...data, seed });
    const protocol = defaultApProtocols.get(data.protocol ?? defaultBoxDatasets.get(data.dataset).protocol);
    assertHasObjects(imagesOf(parts.heldOut), protocol);
    const hashes = await imageHashes({
      training: whole(parts.training),
      heldOut: whole(parts.heldOut),
      calibration: whole(parts.calibration),
      earlyStopping: whole(parts.earlyStopping),
    });
    const images = {
      training: parts.training,
      calibration: await inMemory(imagesOf(parts.calibration)),
      heldOut: await inMemory(imagesOf(parts.earlyStopping)),
    };
    const { budget, paper, table, description, expected: _, ...settled } = experiment;
    // Runs that were begun before there was a choice name none.
    const counted = engine === 'tfjs' ? {} : { engine };
    folder = await openRunFolder(
      options.out,
      jsonOf({
        ...settled,
        detector: networkIdentity(settled.detector, family.options),
        data,
        steps,
        seed,
        ...counted,
        hashes,
        kernels: kernelBuild(),
      }),
      { budget, paper, table, description, ...(smoke && { smoke }), versions: await versions() },
      options.onNotice,
    );
    folder.metrics.note('run', { event: 'begun', threads, process: process.pid, ...(await versions()) });
    await keepCommand(folder, options.command);
    options.onBegin?.();
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
    const stages = await runDetectionStages(context, experiment, named(built, all.classNames), images);
    await folder.writeNetwork('source', stages.folded);
    await folder.writeNetwork('network', stages.best.network);

    // Every choice is made: the test set is read here.
    const test = await options.openTest();
    try {
      const measuredOn = imagesOf(test, data.testImages);
      assertHasObjects(measuredOn, protocol);
      const read = { ...hashes, test: await imagesHash(measuredOn) };
      const result = await detectionResult(context, stages, experiment, measuredOn, { smoke, hashes: read });
      await folder.write('result', result);
      return result;
    } finally {
      await test.close();
    }
  } catch (error) {
    await noteFailure(folder, error);
    throw error;
  } finally {
    await folder?.close();
    await all.close();
  }
}

async function inMemory({ source, count, ...look }: BoxImages): Promise<CalibrationImages> {
  for await (const { images, shape } of boxBatches(source, { ...look, batchSize: count }))
    return { shape, data: images };
  throw new Error(`${source.name}: there are no images.`);
}

function whole(source: BoxSource): ReadImages {
  return { source, count: source.length };
}

/** What the network's file says of its classes. */
function named(network: Network, classNames: readonly string[]): Network {
  return { ...network, metadata: { ...network.metadata, classNames: classNames.join(',') } };
}
