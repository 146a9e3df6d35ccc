import type { ImageSource, Normalization } from '@rheobase/datasets';
import { normalizationNamed } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { defaultModels } from '@rheobase/models';
import { fileReason } from '@rheobase/network/node';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { EngineName } from '../../spiking-engine.js';
import { keepCommand } from '../folder/begun-command.js';
import { engineNamed } from '../stages/choose-engine.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import { imageHashes } from '../folder/image-hashes.js';
import { fileHash, versions } from '../folder/record.js';
import type { Run } from '../stages/run.js';
import { configureRun, type RunChoices, type RunConfiguration } from '../experiment/run-configuration.js';
import { keepEvidence } from './run-evidence.js';
import { leftOutAt } from '../experiment/meant-steps.js';
import { networkIdentity } from '../experiment/network-identity.js';
import { openRunFolder, type RunFolder } from '../folder/run-folder.js';
import { noteFailure } from '../stages/failed-run.js';
import { hashedParts, partRunImages } from '../stages/run-images.js';
import { bestNetwork, distinct, resultOf, type RunResult, unique } from './run-result.js';
import { sourceStage, type WeightsFile } from '../stages/source-stage.js';
import { measureOnTest } from '../stages/test-figures.js';
import { quantizedNetwork } from '../stages/quantized-network.js';
import { runTwoStage } from './two-stage.js';
import { runWithoutStageOne } from './without-stage-one.js';

export interface ReproduceOptions extends Pick<Run, 'signal' | 'onProgress' | 'onStage'> {
  readonly experiment: Experiment;
  readonly choices?: RunChoices;
  /** The folder of the run; a run that was begun there is gone on with. */
  readonly out: string;
  /** Opens the training images of the experiment's data set. */
  readonly openTraining: () => Promise<ImageSource>;
  /** Opens its test images; called after every choice was made. */
  readonly openTest: () => Promise<ImageSource>;
  /** Threads that take gradients; 1 unless given. The result does not depend on it. */
  readonly threads?: number;
  /** The plain SIMD kernels, which give the same bytes on every engine. */
  readonly deterministic?: boolean;
  /**
   * Who counts the accuracy of spiking networks; `tfjs` unless given. On the event engine, sums in another order may put a neuron that is
   * within rounding of its threshold on the other side, so a folder that was begun with one engine is not gone on with on the other.
   */
  readonly engine?: EngineName;
  /** What a smoke run made smaller or left out: it is recorded, and no figure is expected of the run. */
  readonly smoke?: readonly string[] | undefined;
  /** How the run was begun, in words of a command line: kept in the folder, in `command.json`, and in no record. */
  readonly command?: readonly string[] | undefined;
  /** Told once the folder is this run's, before any stage: the experiment as it is run, with the choices in place of what its file says. */
  readonly onBegin?: ((experiment: Experiment) => void) | undefined;
  /** Told, in words, of what is out of the ordinary and no error. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Reproduces an experiment for one T and one seed: every stage of its method, chosen on held-out training images, and then measured
 * on the test set. Leaves `result.json`, `config.json`, `network.safetensors`, `source.safetensors` and every stage's network in the
 * folder. Interrupted at any moment and called again, it goes on where it was, to the same result.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or images, weights, network and method do not fit each other, naming what does not.
 */
export async function reproduce(options: ReproduceOptions): Promise<RunResult> {
  const { choices = {}, threads = 1, deterministic = false, engine = 'tfjs', smoke } = options;
  const { signal, onProgress, onStage } = options;
  const configuration = configureRun(options.experiment, choices);
  const { experiment } = configuration;
  const normalization = normalizationOf(experiment);
  const weights = await weightsFile(choices.weights);
  const quantized =
    choices.quantized === undefined
      ? undefined
      : await quantizedNetwork(choices.quantized, { model: experiment.network.model, levels: configuration.levels });
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const kernels = kernelBuild();

  const training = await options.openTraining();
  let opened: RunFolder | undefined;
  try {
    const parts = await partRunImages(training, normalization, { ...experiment.data, seed: configuration.seed });
    const hashes = {
      ...(weights && { weights: weights.sha256 }),
      ...(quantized && { quantized: quantized.sha256 }),
      ...(await imageHashes(hashedParts(parts))),
    };
    const folder = (opened = await openRunFolder(
      options.out,
      identityOf(configuration, normalization, { ...hashes, kernels }, engine),
      { ...descriptionOf(configuration), ...(smoke && { smoke }), versions: await versions() },
      options.onNotice,
    ));
    folder.metrics.note('run', { event: 'begun', threads, process: process.pid, ...(await versions()) });
    await keepCommand(folder, options.command);
    options.onBegin?.(experiment);
    const { steps, seed } = configuration;
    for (const leftOut of leftOutAt(experiment.method.beyond, steps)) options.onNotice?.(leftOut);
    const run: Run = {
      configuration,
      steps,
      seed,
      folder,
      images: parts,
      kernels,
      threads,
      engine: engineNamed(engine, threads),
      signal,
      onProgress,
      onStage,
      onNotice: options.onNotice,
    };
    const source = await sourceStage(run, weights);
    const outcome = await runTwoStage(run, experiment.method, source, quantized);
    const { method } = experiment;
    const ablation = method.withoutStageOne ? await runWithoutStageOne(run, method, source) : [];
    const best = bestNetwork(outcome);
    const last = outcome.extensions.at(-1);
    if (last !== undefined) await folder.writeNetwork('beyond', last.network);
    await folder.writeNetwork('network', best.stage.network);

    // Every choice is made: the test set is read here.
    const made = [...distinct(source, outcome), ...unique(ablation)];
    const measured = made.filter((stage) => stage !== source.training && !outcome.rungs.includes(stage));
    const { figures, sha256: test } = await measureOnTest(run, measured, {
      dataset: experiment.data.dataset,
      open: options.openTest,
      limit: experiment.data.testImages,
      energy: experiment.energy,
    });
    const result = await resultOf(run, source, outcome, figures, {
      hashes: { ...hashes, ...(test !== undefined && { test }) },
      obstacles: obstaclesTo(configuration, weights),
      ablation,
      smoke,
    });
    await keepEvidence(run, source.stage, measured, best.stage);
    await folder.write('result', result);
    return result;
  } catch (error) {
    await noteFailure(opened, error);
    throw error;
  } finally {
    await opened?.close();
    await training.close();
  }
}

/** How pixels become inputs: as the file says, or as the model has it. */
export function normalizationOf({ data, network }: Experiment): Normalization {
  return normalizationNamed(data.normalization ?? defaultModels.get(network.model).normalization);
}

/**
 * A file of weights with its hash.
 *
 * @throws naming it, if it cannot be read.
 */
export async function weightsFile(path: string | undefined): Promise<WeightsFile | undefined> {
  if (path === undefined) return undefined;
  const sha256 = await fileHash(path).catch((error: unknown) => {
    throw new Error(`The weights file '${path}' cannot be read (${fileReason(error)}).`, { cause: error });
  });
  return { path, sha256 };
}

/** Everything that settles the result of a run. Where its files are does not. */
function identityOf(
  { experiment: { data, network, method, energy }, steps, seed }: RunConfiguration,
  { name }: Normalization,
  hashes: Readonly<Record<string, string>>,
  engine: EngineName,
): Parameters<typeof openRunFolder>[1] {
  const counted = engine === 'tfjs' ? {} : { engine };
  const settled = networkIdentity(network, defaultModels.get(network.model).options);
  return jsonOf({
    data: { ...data, normalization: name },
    network: settled,
    method,
    energy,
    steps,
    seed,
    hashes,
    ...counted,
  });
}

function descriptionOf({ experiment: { paper, table, description, expected, budget } }: RunConfiguration): object {
  return { paper, table, description, budget, expected };
}

function obstaclesTo(
  { experiment: { network }, overridden }: RunConfiguration,
  weights: WeightsFile | undefined,
): readonly string[] {
  const meant = network.source.kind === 'weights' ? network.source.sha256 : undefined;
  return [
    ...overridden.map((option) => `${option} was given`),
    ...(meant !== undefined && weights?.sha256 !== meant ? ['the weights are other ones'] : []),
  ];
}
