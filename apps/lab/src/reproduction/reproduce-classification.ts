import { normalizationNamed } from '@rheobase/datasets';
import { stageInWords } from '@rheobase/experiments/report';
import {
  type Experiment,
  type FinishedStage,
  isComparison,
  openSplit,
  type Registries,
  reproduce,
} from '@rheobase/experiments/node';
import { classifierFamily } from '../choices/network-task.js';
import type { BegunRun } from './begun-run.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { runComparison, unfitForComparisons } from './comparison-run.js';
import { interruptible } from '../output/interruptible.js';
import { taskBar } from '../output/progress.js';
import { drawReport } from './report-file.js';
import { countedBy, usualFolder } from './run-folder-name.js';
import { describeRun } from './run-table.js';
import { smokeChoice } from './smoke-choice.js';
import { percent } from '../output/table.js';

/**
 * Runs an experiment on a network that classifies, or a comparison of methods, and prints its table.
 *
 * @throws if an expected figure was missed.
 */
export async function runClassification(
  file: Experiment,
  { experiment: name, options, command }: BegunRun,
  registries: Registries,
  output: CommandOutput,
): Promise<void> {
  const { dataDir, threads, deterministic = false, engine, limit: testImages } = options;
  if (options.model !== undefined) classifierFamily(options.model, registries);
  if (options.normalization !== undefined) normalizationNamed(options.normalization);
  const smoke = options.smoke ? await smokeChoice(file, options, registries) : undefined;
  const experiment = smoke?.experiment ?? file;
  const { dataset } = experiment.data;
  const label = smoke ? `${name}-smoke` : name;
  const { model, normalization, weights, quantized } = options;
  const given = { model, normalization, weights, quantized, testImages };
  const tell = (notice: string): void => say(output, `note: ${notice}`);
  const alike = {
    openTraining: () => openSplit(dataset, { split: 'train', dataDir, datasets: registries.datasets, onNotice: tell }),
    openTest: () => openSplit(dataset, { dataDir, datasets: registries.datasets, onNotice: tell }),
    ...smoke,
    command,
    threads,
    deterministic,
  };
  if (isComparison(experiment)) {
    const unfit = unfitForComparisons(options);
    if (unfit !== undefined) throw new Error(unfit);
    const choices = { ...given, steps: options.steps, seed: options.seed };
    const out = options.out ?? usualFolder(label, { experiment, choices });
    await runComparison(output, options, { ...alike, experiment, choices, out });
    return drawReport(out, output);
  }
  const { steps = experiment.steps[0], seed = experiment.seeds[0] } = options;
  const choices = { ...given, steps, seed };
  const out = options.out ?? usualFolder(label, { experiment, choices, ...countedBy(options) });
  const bar = taskBar(output);
  const result = await interruptible(output, (signal) =>
    reproduce({
      ...alike,
      experiment,
      choices,
      out,
      engine,
      signal,
      onBegin: ({ table, network }) => {
        for (const reduction of smoke?.smoke ?? []) say(output, `smoke run: ${reduction}`);
        say(output, `${table}: ${network.model} on ${dataset}, T = ${steps}, in ${out}`);
      },
      onProgress: ({ task, done, total, unit, note }) => bar.to(stageInWords(task), { done, total, unit, note }),
      onStage: (stage) => {
        bar.end();
        say(output, stageLine(stage));
      },
      onNotice: (notice) => say(output, notice),
    }),
  ).finally(bar.end);
  writeResult(output, options, result, () => describeRun(result, out));
  await drawReport(out, output);
  const short = result.expectations.filter(({ verdict }) => verdict.kind === 'short');
  if (short.length > 0) {
    throw new Error(`Not reproduced: ${short.map(({ stage }) => stage).join(', ')} below what is tolerated.`);
  }
}

function stageLine({ name, validation, seconds }: FinishedStage): string {
  return `${stageInWords(name)}: ${percent(validation.accuracy)} of ${validation.images} held out, ${seconds.toFixed(0)} s`;
}
