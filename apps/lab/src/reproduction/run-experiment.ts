import { type ImageSource, normalizationNamed } from '@rheobase/datasets';
import {
  comparisonPlan,
  type DetectionExperiment,
  detectionPlan,
  type Experiment,
  isComparison,
  openSplit,
  type ReadExperiment,
  type RunChoices,
  smokeData,
  smokeDetection,
  smokeExperiment,
  twoStagePlan,
} from '@rheobase/experiments/node';
import { classifierFamily } from '../choices/network-task.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { percent } from '../output/figures.js';
import { describeComparison } from './comparison-table.js';
import { drawReport } from './report-file.js';
import type { ReproduceCommandOptions } from './reproduce-options.js';
import type { ResumableRun } from './resumable.js';
import { usualFolder } from './run-folder-name.js';
import { describeDetection, describeRun } from './run-table.js';
import { runTold, type Tell } from './told-run.js';

type Doubtful = Partial<
  Pick<ReproduceCommandOptions, 'weights' | 'quantized' | 'model' | 'normalization' | 'threads' | 'engine'>
>;

/** Which options an experiment does not support, as a message; undefined if it supports all. */
export function unfitFor(
  read: Pick<ReadExperiment, 'task' | 'experiment'>,
  { threads = 1, engine = 'tfjs', ...options }: Doubtful,
): string | undefined {
  if (!('detector' in read.experiment)) {
    return engine !== 'tfjs' && isComparison(read.experiment)
      ? '--engine is for runs of a single method; a comparison chooses its own engine.'
      : undefined;
  }
  const names = ['weights', 'quantized', 'model', 'normalization'] as const;
  const foreign = names.find((name) => options[name] !== undefined);
  if (foreign !== undefined)
    return `--${foreign} is not for experiments on detectors: these train their own source network.`;
  if (threads > 1 && engine === 'tfjs')
    return (
      '--threads of an experiment on a detector are those of the event engine: give --engine event, or omit --threads. ' +
      'Its gradients are computed on one thread, because gradient threads do not support detection losses.'
    );
  return undefined;
}

/**
 * Runs an experiment, prints its table and draws its report.
 *
 * @throws if an option does not apply to it, or an expected figure was missed.
 */
export async function runExperiment(
  read: ReadExperiment,
  run: ResumableRun<ReproduceCommandOptions>,
  output: CommandOutput,
): Promise<void> {
  const unfit = unfitFor(read, run.options);
  if (unfit !== undefined) throw new Error(unfit);
  const out =
    read.task === 'detection'
      ? await runDetection(read.experiment, read, run, output)
      : await runClassification(read.experiment, read, run, output);
  await drawReport(out.folder, output);
  if (out.short.length > 0) {
    throw new Error(`Not reproduced: ${out.short.join(', ')} below the tolerance.`);
  }
}

/** The folder of a run, and which expected figures it missed. */
interface Ended {
  readonly folder: string;
  readonly short: readonly string[];
}

/** The part of a folder's name that does not follow from the experiment and the choices. */
function counted({ engine }: ReproduceCommandOptions): object {
  return engine === 'tfjs' ? {} : { engine };
}

async function runClassification(
  file: Experiment,
  { registries }: ReadExperiment,
  { args: [name = ''], options, command }: ResumableRun<ReproduceCommandOptions>,
  output: CommandOutput,
): Promise<Ended> {
  const { threads, deterministic, engine, model, normalization, weights, quantized, limit } = options;
  if (model !== undefined) classifierFamily(model, registries);
  if (normalization !== undefined) normalizationNamed(normalization);
  const tell: Tell = (notice) => say(output, `note: ${notice}`);
  const { experiment, smoke, ...openers } = await asAsked(file, options, registries, tell);
  const label = options.smoke ? `${name}-smoke` : name;
  const given = { model, normalization, weights, quantized, testImages: limit };
  const means = { command, threads, deterministic, registries, smoke };
  if (isComparison(experiment)) {
    const choices: RunChoices = { ...given, steps: options.steps, seed: options.seed };
    const out = options.out ?? usualFolder(label, { experiment, choices });
    const result = await runTold(
      output,
      (said) =>
        comparisonPlan({
          experiment,
          choices,
          registries,
          ...openers,
          onUnit: ({ unit, figures }) => {
            const shown = Object.entries(figures.accuracyAt).map(
              ([T, accuracy]) => `T = ${T}: ${accuracy === null ? '—' : percent(accuracy)}`,
            );
            const seconds = figures.conversion.cpuSeconds + figures.test.cpuSeconds;
            said(`${unit.name}, seed ${unit.seed}: ${shown.join(', ')} (${figures.engine}, ${seconds.toFixed(0)} s)`);
          },
        }),
      { ...means, out },
    );
    writeResult(output, options, result, () => describeComparison(result, out));
    return { folder: out, short: [] };
  }
  const { steps = experiment.steps[0], seed = experiment.seeds[0] } = options;
  const choices: RunChoices = { ...given, steps, seed };
  const out = options.out ?? usualFolder(label, { experiment, choices, ...counted(options) });
  const result = await runTold(output, () => twoStagePlan({ experiment, choices, registries, ...openers }), {
    ...means,
    out,
    engine,
  });
  writeResult(output, options, result, () => describeRun(result, out));
  const short = result.expectations.filter(({ verdict }) => verdict.kind === 'short');
  return { folder: out, short: short.map(({ stage }) => stage) };
}

/** The experiment and its images, or those of a smoke run if requested. */
async function asAsked(
  file: Experiment,
  { smoke, weights, dataDir, steps, limit: testImages }: ReproduceCommandOptions,
  registries: ReadExperiment['registries'],
  tell: Tell,
): Promise<{
  readonly experiment: Experiment;
  readonly openTraining: () => Promise<ImageSource>;
  readonly openTest: () => Promise<ImageSource>;
  readonly smoke: readonly string[] | undefined;
}> {
  if (smoke) {
    const small = smokeExperiment(file, weights !== undefined, { steps, testImages }, registries);
    const { reductions, ...openers } = await smokeData(small.experiment, dataDir, registries);
    return { experiment: small.experiment, ...openers, smoke: [...small.reductions, ...reductions] };
  }
  const { dataset } = file.data;
  const { datasets } = registries;
  return {
    experiment: file,
    openTraining: () => openSplit(dataset, { split: 'train', dataDir, datasets, onNotice: tell }),
    openTest: () => openSplit(dataset, { dataDir, datasets, onNotice: tell }),
    smoke: undefined,
  };
}

async function runDetection(
  file: DetectionExperiment,
  { registries }: ReadExperiment,
  { args: [name = ''], options, command }: ResumableRun<ReproduceCommandOptions>,
  output: CommandOutput,
): Promise<Ended> {
  const { dataDir, steps, seed, limit: testImages, engine, threads, deterministic } = options;
  const label = options.smoke ? `${name}-smoke` : name;
  const configuration = { task: 'detection', experiment: file, steps, seed, testImages, ...counted(options) };
  const out = options.out ?? usualFolder(label, configuration);
  const small = options.smoke ? smokeDetection(file, { steps, testImages }, registries) : undefined;
  const experiment = small?.experiment ?? file;
  const dataset = registries.boxDatasets.get(experiment.data.dataset);
  const result = await runTold(
    output,
    async () =>
      detectionPlan({
        experiment,
        steps,
        seed,
        testImages,
        registries,
        openTraining: () => dataset.open({ dataDir, split: 'train' }),
        openTest: () => dataset.open({ dataDir, split: dataset.evaluationSplit }),
      }),
    { command, threads, deterministic, engine, registries, out, smoke: small?.reductions },
  );
  writeResult(output, options, result, () => describeDetection(result, out));
  return { folder: out, short: [] };
}
