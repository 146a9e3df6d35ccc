import {
  type DetectionExperiment,
  reproduceDetection,
  smokeDetection,
  type Registries,
} from '@rheobase/experiments/node';
import { stageInWords } from '@rheobase/experiments/report';
import type { BegunRun } from './begun-run.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { interruptible } from '../output/interruptible.js';
import { taskBar } from '../output/progress.js';
import { drawReport } from './report-file.js';
import type { ReproduceCommandOptions } from './reproduce-options.js';
import { countedBy, usualFolder } from './run-folder-name.js';
import { describeDetection } from './run-table.js';
import { percent } from '../output/table.js';

/** Options of `reproduce` that are not for every detector. */
export type DoubtfulForDetectors = Partial<
  Pick<ReproduceCommandOptions, 'weights' | 'quantized' | 'model' | 'normalization' | 'threads' | 'engine'>
>;

/** In words, what experiments on detectors cannot do of what the options say, if there is anything. */
export function unfitForDetectors({
  threads = 1,
  engine = 'tfjs',
  ...options
}: DoubtfulForDetectors): string | undefined {
  const names = ['weights', 'quantized', 'model', 'normalization'] as const;
  const foreign = names.find((name) => options[name] !== undefined);
  if (foreign !== undefined)
    return `--${foreign} is not for experiments on detectors: these train their own source network.`;
  if (threads > 1 && engine === 'tfjs')
    return (
      '--threads of an experiment on a detector are those of the event engine: give --engine event, or leave them away. ' +
      'Gradients are taken on one thread there: those that others take are of no loss of detectors.'
    );
  return undefined;
}

/**
 * Runs an experiment on a detector and prints its table.
 *
 * @throws if an option was given that is not for detectors.
 */
export async function runDetection(
  file: DetectionExperiment,
  { experiment: name, options, command }: BegunRun,
  registries: Registries,
  output: CommandOutput,
): Promise<void> {
  const unfit = unfitForDetectors(options);
  if (unfit !== undefined) throw new Error(unfit);
  const { dataDir, steps, seed, limit: testImages, engine, threads, deterministic = false } = options;
  const label = options.smoke ? `${name}-smoke` : name;
  const configuration = { task: 'detection', experiment: file, steps, seed, testImages, ...countedBy(options) };
  const out = options.out ?? usualFolder(label, configuration);
  const { experiment, reductions } = options.smoke
    ? smokeDetection(file, { steps, testImages }, registries)
    : { experiment: file, reductions: [] };
  const dataset = registries.boxDatasets.get(experiment.data.dataset);
  const onBegin = (): void => {
    for (const reduction of reductions) say(output, `smoke run: ${reduction}`);
    const { table, detector } = experiment;
    say(output, `${table}: ${detector.model} on ${dataset.name}, T = ${steps ?? experiment.steps[0]}, in ${out}`);
  };
  const bar = taskBar(output);
  const result = await interruptible(output, (signal) =>
    reproduceDetection({
      experiment,
      steps,
      seed,
      testImages,
      engine,
      threads,
      deterministic,
      ...(options.smoke && { smoke: reductions }),
      command,
      out,
      openTraining: () => dataset.open({ dataDir, split: 'train' }),
      openTest: () => dataset.open({ dataDir, split: dataset.evaluationSplit }),
      signal,
      onBegin,
      onNotice: (notice) => say(output, notice),
      onProgress: ({ task, ...at }) => bar.to(stageInWords(task), at),
      onStage: ({ name, meanApAtHalf, seconds }) => {
        bar.end();
        say(
          output,
          `${stageInWords(name)}: mean AP@0.5 ${percent(meanApAtHalf)} on held-out images, ${seconds.toFixed(0)} s`,
        );
      },
    }),
  ).finally(bar.end);
  writeResult(output, options, result, () => describeDetection(result, out));
  await drawReport(out, output);
}
