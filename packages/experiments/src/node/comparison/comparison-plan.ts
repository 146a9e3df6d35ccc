import { createHash } from 'node:crypto';
import { optionValues } from '@rheobase/network';
import type { Images } from '../../image-batches.js';
import { defaultRegistries, type Registries } from '../../registries.js';
import { nameOf } from '../experiment/comparison-schema.js';
import type { ComparisonExperiment, Experiment } from '../experiment/experiment-schema.js';
import { type RunChoices, type RunConfiguration, withChoices } from '../experiment/run-configuration.js';
import { jsonOf } from '../folder/json-of.js';
import { recall, remember } from '../folder/remembered.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { MeasuredRun, Plan } from '../runner/plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';
import { classification, type TestFigures } from '../tasks/classification.js';
import { type RunImages, splitRunImages } from '../tasks/run-images.js';
import { analogStages, type ExperimentRun, partsOf } from '../two-stage/two-stage-plan.js';
import { type ComparisonResult, comparisonResult, isSeeded, type MeasuredUnit } from './comparison-result.js';
import { type ComparisonUnit, measureUnit, type UnitContext, unitFigures } from './comparison-unit.js';

export interface ComparisonRun extends ExperimentRun {
  /** Told of every unit when it is measured, or found measured in the folder. */
  readonly onUnit?: ((measured: MeasuredUnit) => void) | undefined;
}

/** The images of a comparison: those of its first seed, and by seed what methods calibrate on. */
export interface ComparisonImages extends RunImages {
  readonly bySeed: ReadonlyMap<number, RunImages>;
}

export type ComparisonPlan = Plan<Images, ComparisonImages, TestFigures, ComparisonResult>;

/** Whether an experiment compares methods. */
export function isComparison(experiment: Experiment): experiment is ComparisonExperiment {
  return experiment.method.kind === 'comparison';
}

/**
 * A list of methods on the same weights, images and accounting: all T and all seeds of the experiment. The source network, and the
 * quantized one that some methods start from, are the same for all of them; a seed determines the training images that methods calibrate on. No
 * choice is made by what is found on the test set.
 *
 * @throws as {@link twoStagePlan} does.
 */
export async function comparisonPlan({
  experiment: file,
  choices = {},
  registries = defaultRegistries,
  onUnit,
  ...openers
}: ComparisonRun): Promise<ComparisonPlan> {
  const configuration = configureComparison(file, choices, registries);
  const { experiment, steps, seed } = configuration;
  const { data, network, method, seeds, paper, table, description, budget, published } = experiment;
  const { normalization, task, identity } = partsOf(experiment, registries);
  const notice = leftOut(file, experiment);
  return {
    title: `${table}: ${network.model} on ${data.dataset}`,
    task: classification({
      ...openers,
      ...task,
      split: async (source) => {
        const bySeed = new Map<number, RunImages>();
        for (const own of seeds) bySeed.set(own, await splitRunImages(source, normalization, { ...data, seed: own }));
        return { ...imagesFor(bySeed, seed), bySeed };
      },
    }),
    steps,
    seed,
    identity: (hashes, kernels) => ({
      ...identity,
      steps: experiment.steps,
      seeds,
      hashes: { ...hashes, kernels },
    }),
    description: { paper, table, description, budget, published },
    notices: notice === undefined ? [] : [notice],
    ...(await analogStages(configuration, choices, registries)),
    networks: {},
    measured: ['source', 'quantClip'],
    result: async (run) => {
      const measured = await measuredUnits(run, experiment, onUnit);
      const { images } = await run.test();
      const accuracyOf = (name: string): number => run.figures.get(name)?.accuracy ?? Number.NaN;
      const { smoke, kernels, hashes, test } = run;
      return comparisonResult(
        {
          experiment,
          normalization: normalization.name,
          images: images.count,
          ann: accuracyOf('source'),
          quantized: { accuracy: accuracyOf('quantClip'), levels: method.levels },
          seconds: secondsOf(run, measured),
          ...(smoke !== undefined && { smoke }),
          sha256: { ...hashes, test: (await test()).sha256 },
          kernels,
        },
        measured,
      );
    },
  };
}

type Run = MeasuredRun<Images, ComparisonImages, TestFigures>;

/** Measures every unit that the folder has no figures of. */
async function measuredUnits(
  run: Run,
  experiment: ComparisonExperiment,
  onUnit: ComparisonRun['onUnit'],
): Promise<readonly MeasuredUnit[]> {
  const { split, folder, signal, threads, registries, stage, onProgress } = run;
  const { energy } = experiment;
  const { images: test, sha256 } = await run.test();
  const [source, quantized] = [stage('source'), stage('quantClip')];
  const measured: MeasuredUnit[] = [];
  for (const unit of unitsOf(experiment, registries)) {
    const task = `${unit.name}, T = ${unit.steps.join(', ')}, seed ${unit.seed}`;
    const from = jsonOf({
      method: unit.method.name,
      options: optionValues(unit.method.name, unit.method.options, unit.options),
      steps: unit.steps,
      seed: unit.seed,
      network: unit.method.needs.network === 'source' ? source.sha256 : quantized.sha256,
      test: sha256,
      images: test.count,
      energy,
    });
    const figures = await measuredOrKept(folder, unit, from, {
      networks: { source: source.network, quantized: quantized.network },
      images: await labelled(imagesFor(split.bySeed, unit.seed)),
      test,
      energy,
      threads,
      registries,
      signal,
      report: (progress) => onProgress?.({ task, ...progress }),
    });
    measured.push({ unit, figures });
    onUnit?.({ unit, figures });
  }
  return measured;
}

function configureComparison(
  experiment: Experiment,
  choices: RunChoices,
  registries: Registries,
): RunConfiguration<ComparisonExperiment> {
  const chosen = withChoices(
    experiment,
    choices,
    {
      steps: choices.steps === undefined ? experiment.steps : [choices.steps],
      seeds: choices.seed === undefined ? experiment.seeds : [choices.seed],
    },
    registries,
  );
  const { method } = chosen.experiment;
  if (method.kind !== 'comparison') {
    throw new Error(
      `'${experiment.table}' is not a comparison of methods, but an experiment of the method '${method.kind}'.`,
    );
  }
  // An entry with its own T is limited to the requested ones.
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
  return `Skipped at T = ${steps.join(', ')}, because the file runs them only at other T: ${named.join('; ')}.`;
}

/** Every conversion that the table takes, method by method. */
function unitsOf({ method, steps, seeds }: ComparisonExperiment, { methods }: Registries): readonly ComparisonUnit[] {
  return method.methods.flatMap((entry) => {
    const found = methods.get(entry.method);
    const own = [...new Set(entry.steps ?? steps)].toSorted((a, b) => a - b);
    const groups = found.dependsOnSteps(entry.options) ? own.map((t) => [t]) : [own];
    const drawn = isSeeded({ method: found }) ? seeds : seeds.slice(0, 1);
    return drawn.flatMap((seed) =>
      groups.map((group) => ({ name: nameOf(entry), method: found, options: entry.options, seed, steps: group })),
    );
  });
}

/** A name as part of a file's name; names that differ only in characters that a file's name cannot contain are distinguished by a hash. */
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

function imagesFor(bySeed: ReadonlyMap<number, RunImages>, seed: number): RunImages {
  const found = bySeed.get(seed);
  if (found === undefined) throw new Error(`There are no training images for the seed ${seed}.`);
  return found;
}

async function labelled({ calibration, earlyStopping, calibrating }: RunImages): Promise<UnitContext['images']> {
  return {
    calibration: { ...calibration, labels: await calibrating.calibration.source.labels() },
    heldOut: { ...earlyStopping, labels: await calibrating.earlyStopping.source.labels() },
  };
}

/** By what they were for: networks, conversions, tests, and all together. */
function secondsOf({ stages }: Run, measured: readonly MeasuredUnit[]): Readonly<Record<string, number>> {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const conversion = sum(measured.map(({ figures }) => figures.conversion.seconds));
  const test = sum(measured.map(({ figures }) => figures.test.seconds));
  const total = sum(stages.map(({ seconds }) => seconds)) + conversion + test;
  return { ...Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds])), conversion, test, total };
}
