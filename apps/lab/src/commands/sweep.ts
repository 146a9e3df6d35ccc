import { textTable } from '@rheobase/network';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '@rheobase/experiments';
import {
  type CellOutcome,
  isComparison,
  localProcesses,
  readAnyExperimentFile,
  readRun,
  runSweep,
  StoppedEarly,
  sweepCells,
  type SweptExperiment,
  type Registries,
} from '@rheobase/experiments/node';
import { scoreName } from '@rheobase/experiments/report';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { countingEngine } from '../choices/engine-choice.js';
import { withNormalizationOptions } from '../choices/normalization-choice.js';
import { experimentFile } from '../reproduction/experiment-choice.js';
import { interruptible, stoppedFor } from '../output/interruptible.js';
import { path, integerFrom, integersFrom } from '../choices/option-values.js';
import { pluginWords } from '../choices/plugin-choice.js';
import { assertOutputFolder } from '../output/output-file.js';
import { unfitFor } from '../reproduction/run-experiment.js';
import { failureInWords, sweepOverview } from '../reproduction/sweep-overview.js';
import { percent } from '../output/figures.js';

interface Options {
  readonly models?: readonly string[];
  readonly steps?: readonly number[];
  readonly seeds?: readonly number[];
  readonly jobs: number;
  readonly threads: number;
  readonly dataDir?: string;
  readonly weights?: string;
  readonly normalization?: string;
  readonly limit?: number;
  readonly engine: EngineName;
  readonly deterministic?: boolean;
  readonly smoke?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `rheobase sweep`: experiments for several networks, T and seeds, side by side. */
export function sweepCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('sweep')
    .description(
      'run experiments, on classifiers and on detectors, for every combination of network, T and seed, several at a time; the same command resumes it',
    )
    .argument('<experiment...>', 'experiment files, or names of built-in ones: one for each method or network')
    .option('--models <name...>', 'architectures in place of the files’ own')
    .option('--steps <T...>', 'time steps (default: those of the files)', integersFrom(1))
    .option('--seeds <n...>', 'seeds (default: those of the files)', integersFrom(0))
    .addHelpText(
      'after',
      '\nA comparison of methods is one run, over all T and seeds of its file: --steps and --seeds do not apply to it.',
    )
    .option('--jobs <n>', 'runs at a time, each in its own process', integerFrom(1, 256), 1)
    .option(
      '--threads <n>',
      'threads of each run for gradients and for the event engine; for a detector only the latter',
      integerFrom(1, 256),
      1,
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--weights <file>', 'trained weights of the source network, for every cell', path)
    .option('--limit <n>', 'report on the first test images only (default: as in the files)', integerFrom(1))
    .addOption(countingEngine())
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .option('--smoke', 'run every cell on a handful of images, as a check')
    .option('--out <folder>', 'holds a folder for each cell (default: a new folder in runs)', path)
    .option('--json', 'print one line of JSON');
  withNormalizationOptions(command, 'as in the files').action(async (names: readonly string[], options: Options) => {
    if (options.out !== undefined) await assertOutputFolder(options.out);
    const experiments = await Promise.all(names.map((name) => experimentNamed(name, registries)));
    assertOptionsFit(experiments, options);
    const cells = sweepCells({ ...options, experiments });
    const words = [...wordsOf(options), ...pluginWords(registries)];
    const out = options.out ?? usualFolder(experiments, { cells: cells.map(({ name }) => name), words });
    say(output, `${cells.length} ${cells.length === 1 ? 'run' : 'runs'}, ${options.jobs} at a time, in ${out}`);
    const overview = sweepOverview(output, cells);
    let stop: AbortSignal | undefined;
    const outcomes = await interruptible(overview.output, (signal) => {
      stop = signal;
      return runSweep({
        cells,
        out,
        words,
        queue: localProcesses({ program: mainProgram, atOnce: options.jobs, logs: join(out, 'logs') }),
        signal,
        onCell: overview.show,
      });
    }).finally(overview.end);
    const found = await Promise.all(outcomes.map(lineOf));
    // Folder names have T and seed, so that a pattern can select them.
    const folders = outcomes.map(({ cell, folder }) => (cell.at === undefined ? folder : join(out, '*-T*')));
    writeResult(output, options, { out, cells: found }, () => describe(found, [...new Set(folders)]));
    const unfinished = found.filter(({ outcome }) => outcome !== 'finished');
    if (unfinished.some(({ outcome }) => outcome === 'stopped')) {
      const ending = new StoppedEarly(out);
      throw stop === undefined ? ending : stoppedFor(ending, stop);
    }
    if (unfinished.length > 0) {
      throw new Error(`${unfinished.length} of ${found.length} runs failed; ${join(out, 'logs')} holds their output.`);
    }
    const short = found.filter((line) => line.short.length > 0);
    if (short.length > 0) {
      throw new Error(`Not reproduced: ${short.map(({ name }) => name).join(', ')} below the tolerance.`);
    }
  });
}

const mainProgram = fileURLToPath(new URL('../main.js', import.meta.url));

async function experimentNamed(name: string, registries: Registries): Promise<SweptExperiment> {
  const file = await experimentFile(name);
  const read = await readAnyExperimentFile(file, registries);
  const label = basename(file, '.yaml').replaceAll(/[^\w-]+/g, '-');
  // The comparison for a network and set is named after their other experiments.
  const isMethods = read.task === 'classification' && isComparison(read.experiment);
  return { ...read, file, label: isMethods ? `${label}-methods` : label };
}

/** @throws naming the experiment that an option does not apply to, as each of its cells would fail. */
function assertOptionsFit(experiments: readonly SweptExperiment[], options: Options): void {
  for (const swept of experiments) {
    const unfit = unfitFor(swept, options);
    if (unfit !== undefined) throw new Error(`${swept.file}: ${unfit}`);
  }
}

/** The options that every cell has. */
function wordsOf(options: Options): readonly string[] {
  const { threads, dataDir, weights, normalization, limit, engine, deterministic, smoke } = options;
  return [
    '--threads',
    String(threads),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(weights === undefined ? [] : ['--weights', weights]),
    ...(normalization === undefined ? [] : ['--normalization', normalization]),
    ...(limit === undefined ? [] : ['--limit', String(limit)]),
    ...(engine === 'tfjs' ? [] : ['--engine', engine]),
    ...(deterministic ? ['--deterministic'] : []),
    ...(smoke ? ['--smoke'] : []),
  ];
}

function usualFolder(experiments: readonly SweptExperiment[], configuration: object): string {
  const label = experiments.map((experiment) => experiment.label).join('-');
  const hash = createHash('sha256').update(
    JSON.stringify([configuration, experiments.map(({ experiment }) => experiment)]),
  );
  return join('runs', `sweep-${label.slice(0, 60)}-${hash.digest('hex').slice(0, 8)}`);
}

/** A cell's line in the table. */
interface CellLine {
  readonly name: string;
  readonly folder: string;
  readonly outcome: CellOutcome['outcome']['kind'];
  readonly reason?: string;
  /** Full output of a failed cell. */
  readonly log?: string;
  /** Name of the score: accuracy, or mean AP@0.5 of a detector. */
  readonly scored?: string;
  /** Scores of the source network and the spiking one, 0…1. */
  readonly ann?: number;
  readonly score?: number;
  readonly energyRatio?: number;
  /** What a spike is in the spiking network. */
  readonly spikes?: string;
  /** Expected figures that were missed. */
  readonly short: readonly string[];
}

async function lineOf({ cell, folder, outcome }: CellOutcome): Promise<CellLine> {
  const about = { name: cell.name, folder, outcome: outcome.kind, short: [] };
  if (outcome.kind === 'failed') {
    const { reason, log } = outcome;
    return { ...about, reason, ...(log !== undefined && { log }) };
  }
  if (outcome.kind === 'stopped') return about;
  const run = await readRun(folder);
  const best = run.curves.find(({ name }) => name === run.best);
  const last = best?.points.at(-1);
  const short = run.figures.filter(({ verdict }) => verdict.kind === 'short').map((figure) => figure.of);
  return {
    ...about,
    scored: scoreName(run.task).name,
    ...(run.ann !== undefined && { ann: run.ann }),
    short,
    ...(best?.spikes !== undefined && { spikes: best.spikes }),
    ...(last && { score: last.score, energyRatio: last.energyRatio }),
  };
}

/** @param folders folders of the cells, as words of a command */
function describe(cells: readonly CellLine[], folders: readonly string[]): string {
  const rows = cells.map(({ name, outcome, scored, ann, score, spikes, energyRatio }) => [
    name,
    outcome,
    scored ?? '',
    ann === undefined ? '' : percent(ann),
    score === undefined ? '' : percent(score),
    spikes ?? '',
    energyRatio?.toFixed(3) ?? '',
  ]);
  return [
    textTable([['run', 'state', 'score', 'source', 'spiking', 'spikes', 'energy/ANN'], ...rows]),
    '',
    ...cells.flatMap(({ name, reason, log }) =>
      reason === undefined ? [] : [`${name} failed twice: ${failureInWords({ reason, log })}`],
    ),
    `rheobase report ${folders.join(' ')} compares them.`,
  ].join('\n');
}
