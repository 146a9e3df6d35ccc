import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { EngineName } from '@rheobase/experiments';
import {
  type Experiment,
  type FinishedStage,
  isComparison,
  openSplit,
  readAnyExperimentFile,
  reproduce,
} from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../command-output.js';
import { runComparison, unfitForComparisons } from '../comparison-run.js';
import { countingEngine } from '../engine-choice.js';
import { experimentFile } from '../experiment-choice.js';
import { interruptible } from '../interruptible.js';
import { path, wholeNumber } from '../option-values.js';
import { assertOutputFolder } from '../output-file.js';
import { taskBar } from '../progress.js';
import { drawReport } from '../report-file.js';
import { runDetection } from '../reproduce-detection.js';
import { describeRun } from '../run-table.js';
import { smokeChoice } from '../smoke-choice.js';
import { percent } from '../table.js';

export interface ReproduceCommandOptions {
  readonly dataDir?: string;
  readonly weights?: string;
  readonly quantized?: string;
  readonly model?: string;
  readonly normalization?: string;
  readonly steps?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly threads: number;
  readonly deterministic?: boolean;
  readonly engine: EngineName;
  readonly smoke?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `rheobase reproduce`: an experiment file through every stage of its method. */
export function reproduceCommand(program: Command, output: CommandOutput): void {
  program
    .command('reproduce')
    .description('run an experiment through every stage of its method; begun again, it goes on where it was')
    .argument('<experiment>', 'an experiment file, or the name of one that comes along, such as two-stage/glyphs')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--weights <file>', 'trained weights of the source network, a safetensors file', path)
    .option(
      '--quantized <path>',
      'in place of stage I: the network that `finetune` wrote, its folder, or the folder of a run, whose stage I is taken',
      path,
    )
    .option('--model <name>', 'another architecture than the file’s')
    .option('--normalization <name>', 'how pixels become inputs, instead of what the file says')
    .option(
      '--steps <T>',
      'time steps; the first of the file’s unless given, all in a comparison',
      wholeNumber(1, 1000),
    )
    .option(
      '--seed <n>',
      'settles everything random; the first of the file’s unless given, all in a comparison',
      wholeNumber(0),
    )
    .option('--limit <n>', 'reports on the first so many test images; what the file says unless given', wholeNumber(1))
    .option(
      '--threads <n>',
      'threads that take gradients, and of the event engine; of a detector, the latter alone; the result does not depend on it',
      wholeNumber(1),
      1,
    )
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .option(
      '--smoke',
      'every stage on a handful of images and for one epoch, to see that it runs; needs neither data nor weights, and says what it leaves out',
    )
    .option('--out <folder>', 'where everything is kept; a folder of its own in runs unless given', path)
    .addOption(countingEngine())
    .option('--json', 'print one line of JSON')
    .action(async (name: string, options: ReproduceCommandOptions) => {
      if (options.out !== undefined) await assertOutputFolder(options.out);
      const read = await readAnyExperimentFile(await experimentFile(name));
      if (read.task === 'detection') {
        const label = options.smoke ? `${name}-smoke` : name;
        const { steps, seed, limit: testImages } = options;
        const out = options.out ?? usualFolder(label, { ...read, steps, seed, testImages, ...countedBy(options) });
        await runDetection(read.experiment, { ...options, out }, output);
        return;
      }
      await runClassification(read.experiment, name, options, output);
    });
}

/** The engine, where it is another than tfjs, which a folder's name says nothing of. */
const countedBy = ({ engine }: ReproduceCommandOptions): { readonly engine?: EngineName } =>
  engine === 'tfjs' ? {} : { engine };

async function runClassification(
  file: Experiment,
  name: string,
  options: ReproduceCommandOptions,
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

/** A folder for every configuration: a changed file, or another choice, begins in another one. */
function usualFolder(name: string, configuration: object): string {
  const label = basename(name, '.yaml').replaceAll(/[^\w-]+/g, '-');
  const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex');
  return join('runs', `${label}-${hash.slice(0, 8)}`);
}

function stageLine({ name, validation, seconds }: FinishedStage): string {
  return `${name}: ${percent(validation.accuracy)} of ${validation.images} held out, ${seconds.toFixed(0)} s`;
}
