import { type Experiment, type FinishedStage, isComparison, openSplit, reproduce } from '@rheobase/experiments/node';
import type { BegunRun } from './begun-run.js';
import { type CommandOutput, say, writeResult } from './command-output.js';
import { runComparison, unfitForComparisons } from './comparison-run.js';
import { interruptible } from './interruptible.js';
import { taskBar } from './progress.js';
import { drawReport } from './report-file.js';
import { countedBy, usualFolder } from './run-folder-name.js';
import { describeRun } from './run-table.js';
import { smokeChoice } from './smoke-choice.js';
import { percent } from './table.js';

/**
 * Runs an experiment on a network that classifies, or a comparison of methods, and prints its table.
 *
 * @throws if an expected figure was missed.
 */
export async function runClassification(
  file: Experiment,
  { experiment: name, options, command }: BegunRun,
  output: CommandOutput,
): Promise<void> {
  const { dataDir } = options;
  const smoke = options.smoke ? await smokeChoice(file, options) : undefined;
  const experiment = smoke?.experiment ?? file;
  const { model, normalization, weights, quantized, limit: testImages } = options;
  const given = { model, normalization, weights, quantized, testImages };
  const label = smoke ? `${name}-smoke` : name;
  const { engine } = options;
  if (isComparison(experiment)) {
    const unfit = unfitForComparisons(options);
    if (unfit !== undefined) throw new Error(unfit);
    const choices = { ...given, steps: options.steps, seed: options.seed };
    const { dataset } = experiment.data;
    const out = options.out ?? usualFolder(label, { experiment, choices });
    await runComparison(output, options, {
      openTraining: () => openSplit(dataset, { split: 'train', dataDir }),
      openTest: () => openSplit(dataset, { dataDir }),
      ...smoke,
      experiment,
      choices,
      command,
      out,
      threads: options.threads,
      deterministic: options.deterministic ?? false,
    });
    return drawReport(out, output);
  }
  const { steps = experiment.steps[0], seed = experiment.seeds[0] } = options;
  const choices = { ...given, steps, seed };
  const out = options.out ?? usualFolder(label, { experiment, choices, ...countedBy(options) });
  const { dataset } = experiment.data;
  const onBegin = (): void => {
    for (const reduction of smoke?.smoke ?? []) say(output, `smoke run: ${reduction}`);
    say(output, `${experiment.table}: ${experiment.network.model} on ${dataset}, T = ${steps}, in ${out}`);
  };
  const bar = taskBar(output);
  const onStage = (stage: FinishedStage): void => {
    bar.end();
    say(output, stageLine(stage));
  };
  const result = await interruptible(output, (signal) =>
    reproduce({
      openTraining: () => openSplit(dataset, { split: 'train', dataDir }),
      openTest: () => openSplit(dataset, { dataDir }),
      ...smoke,
      experiment,
      choices,
      command,
      out,
      threads: options.threads,
      deterministic: options.deterministic ?? false,
      engine,
      signal,
      onBegin,
      onProgress: ({ task, done, total, unit, note }) => bar.to(task, { done, total, unit, note }),
      onStage,
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
  return `${name}: ${percent(validation.accuracy)} of ${validation.images} held out, ${seconds.toFixed(0)} s`;
}
