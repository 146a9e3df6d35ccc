import { createHash } from 'node:crypto';
import { type ImageSource, type Normalization } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { defaultMethods, optionValues } from '@rheobase/methods';
import { defaultModels } from '@rheobase/models';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { images } from '../../image-batches.js';
import { keepCommand } from '../folder/begun-command.js';
import { type ComparisonResult, comparisonResult, isSeeded, type MeasuredUnit } from './comparison-result.js';
import { nameOf } from '../experiment/comparison-schema.js';
import { type ComparisonUnit, measureUnit, type UnitContext, unitFigures } from './comparison-unit.js';
import type { ComparisonExperiment, Experiment } from '../experiment/experiment-schema.js';
import { networkIdentity } from '../experiment/network-identity.js';
import { jsonOf } from '../folder/json-of.js';
import { quantizedNetwork } from '../stages/quantized-network.js';
import { imageHashes } from '../folder/image-hashes.js';
import { versions } from '../folder/record.js';
import { recall, remember } from '../folder/remembered.js';
import { normalizationOf, type ReproduceOptions, weightsFile } from '../two-stage/reproduce.js';
import type { Run } from '../stages/run.js';
import { type RunChoices, type RunConfiguration, withChoices } from '../experiment/run-configuration.js';
import { openRunFolder, type RunFolder } from '../folder/run-folder.js';
import { noteFailure } from '../stages/failed-run.js';
import { hashedParts, partRunImages, type RunImages } from '../stages/run-images.js';
import { sourceStage } from '../stages/source-stage.js';
import type { FinishedStage } from '../stages/finished-stage.js';
import { measureOnTest, testImagesHash } from '../stages/test-figures.js';
import { StoppedEarly } from '../stages/training-session.js';
import { stageOneOrGiven } from '../two-stage/two-stage.js';

export interface CompareOptions extends ReproduceOptions {
  /** Told of every unit when it is measured, or found measured in the folder. */
  readonly onUnit?: ((measured: MeasuredUnit) => void) | undefined;
}

/** Whether an experiment compares methods: `compareMethods` is for those. */
export function isComparison(experiment: Experiment): experiment is ComparisonExperiment {
  return experiment.method.kind === 'comparison';
}

/**
 * Runs a list of methods on the same weights, images and accounting: all T and all seeds of the experiment. The source network, and the
 * quantized one that some methods begin from, are the same for all of them; a seed draws the training images that methods calibrate on. No
 * choice is made by what is found on the test set. Leaves `result.json` and a record of every method, T and seed in the folder; interrupted
 * at any moment and called again, it goes on with the first that is missing.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or images, weights, networks and methods do not fit each other, naming what does not.
 */
export async function compareMethods(options: CompareOptions): Promise<ComparisonResult> {
  const { choices = {}, threads = 1, deterministic = false, smoke, signal, onProgress, onStage } = options;
  const configuration = configureComparison(options.experiment, choices);
  const { experiment } = configuration;
  const { data, energy, method, seeds } = experiment;
  const normalization = normalizationOf(experiment);
  const weights = await weightsFile(choices.weights);
  const quantized =
    choices.quantized === undefined
      ? undefined
      : await quantizedNetwork(choices.quantized, { model: experiment.network.model, levels: method.levels });
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const kernels = kernelBuild();

  const training = await options.openTraining();
  let folder: RunFolder | undefined;
  let test: ImageSource | undefined;
  try {
    const parts = new Map<number, RunImages>();
    for (const seed of seeds) parts.set(seed, await partRunImages(training, normalization, { ...data, seed }));
    const own = partOf(parts, configuration.seed);
    const hashes = {
      ...(weights && { weights: weights.sha256 }),
      ...(quantized && { quantized: quantized.sha256 }),
      ...(await imageHashes(hashedParts(own))),
    };
    folder = await openRunFolder(
      options.out,
      identityOf(experiment, normalization, { ...hashes, kernels }),
      { ...descriptionOf(experiment), ...(smoke && { smoke }), versions: await versions() },
      options.onNotice,
    );
    folder.metrics.note('run', { event: 'begun', threads, process: process.pid, ...(await versions()) });
    await keepCommand(folder, options.command);
    options.onBegin?.(experiment);
    const notice = leftOut(options.experiment, configuration.experiment);
    if (notice !== undefined) options.onNotice?.(notice);
    const { steps, seed } = configuration;
    const { onNotice } = options;
    const beginnings = { configuration, steps, seed, folder, images: own, kernels, threads };
    const run: Run = { ...beginnings, signal, onProgress, onStage, onNotice };
    const source = await sourceStage(run, weights);
    const { rungs, quantClip } = await stageOneOrGiven(run, method, source, quantized);
    const chosen = { dataset: data.dataset, open: options.openTest, limit: data.testImages, energy };
    const analog = await measureOnTest(run, [source.stage, quantClip], chosen);
    const accuracyOf = ({ name }: FinishedStage) => analog.figures.get(name)?.accuracy ?? Number.NaN;

    test = await options.openTest();
    const testImages = images(test, normalization, { limit: data.testImages, mostAtOnce: 100 });
    const testHash = await testImagesHash(folder, chosen, testImages);
    const measured: MeasuredUnit[] = [];
    for (const unit of unitsOf(experiment)) {
      const task = `${unit.name}, T = ${unit.steps.join(', ')}, seed ${unit.seed}`;
      const context: UnitContext = {
        networks: { source: source.stage.network, quantized: quantClip.network },
        images: await labelled(partOf(parts, unit.seed)),
        test: testImages,
        energy,
        threads,
        signal,
        report: (progress) => onProgress?.({ task, ...progress }),
      };
      const from = jsonOf({
        method: unit.method.name,
        options: optionValues(unit.method.name, unit.method.options, unit.options),
        steps: unit.steps,
        seed: unit.seed,
        network: unit.method.needs.network === 'source' ? source.stage.sha256 : quantClip.sha256,
        test: testHash,
        images: testImages.count,
        energy,
      });
      const figures = await measuredOrKept(folder, unit, from, context);
      measured.push({ unit, figures });
      options.onUnit?.({ unit, figures });
    }
    const result = await comparisonResult(
      {
        experiment,
        normalization: normalization.name,
        images: testImages.count,
        ann: accuracyOf(source.stage),
        quantized: { accuracy: accuracyOf(quantClip), levels: method.levels },
        seconds: secondsOf(
          [...(source.training ? [source.training] : []), source.stage, ...rungs, quantClip],
          measured,
        ),
        ...(smoke !== undefined && { smoke }),
        sha256: { ...hashes, test: testHash },
        kernels,
      },
      measured,
    );
    await folder.write('result', result);
    return result;
  } catch (error) {
    await noteFailure(folder, error);
    throw error;
  } finally {
    await folder?.close();
    await test?.close();
    await training.close();
  }
}

function configureComparison(experiment: Experiment, choices: RunChoices): RunConfiguration<ComparisonExperiment> {
  const chosen = withChoices(experiment, choices, {
    steps: choices.steps === undefined ? experiment.steps : [choices.steps],
    seeds: choices.seed === undefined ? experiment.seeds : [choices.seed],
  });
  const { method } = chosen.experiment;
  if (method.kind !== 'comparison') {
    throw new Error(
      `'${experiment.table}' is no comparison of methods, but an experiment of the method '${method.kind}'.`,
    );
  }
  // An entry with T of its own keeps to those that are asked for.
  const methods = method.methods.flatMap((entry) => {
    if (entry.steps === undefined || choices.steps === undefined) return [entry];
    return entry.steps.includes(choices.steps) ? [{ ...entry, steps: [choices.steps] }] : [];
  });
  if (methods.length === 0) throw new Error(`No method of '${experiment.table}' is run at T = ${choices.steps}.`);
  return {
    experiment: { ...chosen.experiment, method: { ...method, methods } },
    steps: Math.max(...chosen.experiment.steps),
    levels: method.levels,
    seed: chosen.experiment.seeds[0] ?? 0,
    overridden: chosen.overridden,
  };
}

/** In words, which methods of the file are not run, because they have T of their own and none of them was asked for. */
function leftOut({ method: file }: Experiment, { method, steps }: ComparisonExperiment): string | undefined {
  if (file.kind !== 'comparison') return undefined;
  const kept = new Set(method.methods.map(nameOf));
  const missing = file.methods.filter((entry) => !kept.has(nameOf(entry)));
  if (missing.length === 0) return undefined;
  const named = missing.map((entry) => `${nameOf(entry)} (T = ${(entry.steps ?? []).join(', ')})`);
  return `Left out at T = ${steps.join(', ')}, as the file runs them at T of their own alone: ${named.join('; ')}.`;
}

/** Every conversion that the table takes, method by method. */
function unitsOf({ method, steps, seeds }: ComparisonExperiment): readonly ComparisonUnit[] {
  return method.methods.flatMap((entry) => {
    const found = defaultMethods.get(entry.method);
    const own = [...new Set(entry.steps ?? steps)].toSorted((a, b) => a - b);
    const groups = found.dependsOnSteps(entry.options) ? own.map((t) => [t]) : [own];
    const drawn = isSeeded({ method: found }) ? seeds : seeds.slice(0, 1);
    return drawn.flatMap((seed) =>
      groups.map((group) => ({ name: nameOf(entry), method: found, options: entry.options, seed, steps: group })),
    );
  });
}

/** A name as part of a file's name; names that differ only in what a file's name does not take are told apart by a hash. */
function fileLabel(name: string): string {
  const label = name.replaceAll(/[^\w-]+/g, '-').slice(0, 80);
  return label === name ? name : `${label}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

async function measuredOrKept(
  folder: RunFolder,
  unit: ComparisonUnit,
  from: Parameters<typeof recall>[1],
  context: UnitContext,
): Promise<MeasuredUnit['figures']> {
  const file = folder.recordFile(`method-${fileLabel(unit.name)}-seed-${unit.seed}-T-${unit.steps.join('-')}`);
  const kept = await recall(file, from, unitFigures);
  if (kept !== undefined) return kept;
  try {
    const figures = await remember(file, from, await measureUnit(unit, context), unitFigures);
    for (const [T, accuracy] of Object.entries(figures.accuracyAt)) {
      if (accuracy !== null) folder.metrics.note(unit.name, { seed: unit.seed, steps: Number(T), accuracy });
    }
    return figures;
  } catch (error) {
    if (context.signal?.aborted === true) throw new StoppedEarly(folder.path);
    throw error;
  }
}

function partOf(parts: ReadonlyMap<number, RunImages>, seed: number): RunImages {
  const found = parts.get(seed);
  if (found === undefined) throw new Error(`There are no training images for the seed ${seed}.`);
  return found;
}

async function labelled({ calibration, earlyStopping, calibrating }: RunImages): Promise<UnitContext['images']> {
  return {
    calibration: { ...calibration, labels: await calibrating.calibration.source.labels() },
    heldOut: { ...earlyStopping, labels: await calibrating.earlyStopping.source.labels() },
  };
}

/** Everything that settles the result. Where files are does not. */
function identityOf(
  { data, network, method, energy, steps, seeds }: ComparisonExperiment,
  { name }: Normalization,
  hashes: object,
): Parameters<typeof openRunFolder>[1] {
  const settled = networkIdentity(network, defaultModels.get(network.model).options);
  return jsonOf({ data: { ...data, normalization: name }, network: settled, method, energy, steps, seeds, hashes });
}

function descriptionOf({ paper, table, description, budget, published }: ComparisonExperiment): object {
  return { paper, table, description, budget, published };
}

/** By what they were for: networks, conversions, tests, and all together. */
function secondsOf(
  stages: readonly FinishedStage[],
  measured: readonly MeasuredUnit[],
): Readonly<Record<string, number>> {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const conversion = sum(measured.map(({ figures }) => figures.conversion.seconds));
  const test = sum(measured.map(({ figures }) => figures.test.seconds));
  const networks = stages.map(({ name, seconds }) => [name, seconds] as const);
  const total = sum(networks.map(([, seconds]) => seconds)) + conversion + test;
  return { ...Object.fromEntries(networks), conversion, test, total };
}
