import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ownValue, parseJson } from '@rheobase/network';
import { makeFolder, readText, removeUnfinishedFiles, writeWholeFile } from '@rheobase/network/node';
import { z } from 'zod';
import { isComparison } from '../comparison/comparison-plan.js';
import type { AnyExperiment } from '../experiment/experiment-file.js';
import { fileHash } from '../folder/record.js';
import { runFiles } from '../folder/run-files.js';
import type { Job, JobOutcome, JobState, WorkQueue } from './work-queue.js';

/** An experiment of a sweep. */
export type SweptExperiment = AnyExperiment & {
  /** Short, for names of folders. */
  readonly label: string;
  /** Its file. */
  readonly file: string;
};

/**
 * What a sweep goes over: every combination. Where an axis is not given, each experiment's file says what is on it. A comparison of methods
 * takes all T and seeds of its file in one run, whose table is over them.
 */
export interface SweepAxes {
  /** Methods, with their options, and networks. */
  readonly experiments: readonly SweptExperiment[];
  /** Architectures of classifiers in place of the files' own. */
  readonly models?: readonly string[] | undefined;
  /** T. */
  readonly steps?: readonly number[] | undefined;
  readonly seeds?: readonly number[] | undefined;
}

/** One run of a sweep. */
export interface SweepCell {
  /** Of its folder. */
  readonly name: string;
  readonly experiment: SweptExperiment;
  readonly model: string;
  /** T and seed of the run; none where one run takes all of the file's. */
  readonly at?: { readonly steps: number; readonly seed: number };
}

/**
 * Every cell of a sweep, seeds innermost; one for each network of a comparison.
 *
 * @throws if two cells would have one folder, T or seeds are given for a comparison, or architectures for a detector.
 */
export function sweepCells({ experiments, ...axes }: SweepAxes): readonly SweepCell[] {
  const cells = experiments.flatMap((experiment) => cellsOf(experiment, axes));
  const names = cells.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(`Two cells of the sweep are called ${twice}: do not give an experiment, network, T or seed twice.`);
  }
  return cells;
}

function cellsOf(swept: SweptExperiment, axes: Omit<SweepAxes, 'experiments'>): readonly SweepCell[] {
  const { label, experiment } = swept;
  assertAxesFit(swept, axes);
  const own = modelOf(swept);
  return (axes.models ?? [own]).flatMap((model): readonly SweepCell[] => {
    const name = model === own ? label : `${label}-${model}`;
    if (comparesMethods(swept)) return [{ name, experiment: swept, model }];
    return (axes.steps ?? experiment.steps).flatMap((steps) =>
      (axes.seeds ?? experiment.seeds).map((seed) => ({
        name: `${name}-T${steps}-seed${seed}`,
        experiment: swept,
        model,
        at: { steps, seed },
      })),
    );
  });
}

/** The architecture that an experiment's file names. */
function modelOf(swept: SweptExperiment): string {
  return swept.task === 'detection' ? swept.experiment.detector.model : swept.experiment.network.model;
}

function comparesMethods(swept: SweptExperiment): boolean {
  return swept.task === 'classification' && isComparison(swept.experiment);
}

/** @throws naming an option that the file of the experiment already determines. */
function assertAxesFit(swept: SweptExperiment, { models, steps, seeds }: Omit<SweepAxes, 'experiments'>): void {
  const { file } = swept;
  if (swept.task === 'detection' && models !== undefined) {
    throw new Error(
      `${file} is on a detector and defines its own network; --models are for classifiers. Omit --models, or sweep it separately.`,
    );
  }
  if (!comparesMethods(swept)) return;
  const given = [...(steps === undefined ? [] : ['--steps']), ...(seeds === undefined ? [] : ['--seeds'])];
  if (given.length === 0) return;
  throw new Error(
    `${file} compares methods: one run covers all T and seeds of the file, with the mean over them. Omit ${given.join(' and ')}, ` +
      'or sweep it separately.',
  );
}

export interface SweepOptions {
  readonly cells: readonly SweepCell[];
  /** Holds a folder for each cell, `sweep.json`, and `logs`. A sweep that was started there is resumed. */
  readonly out: string;
  /** Options that every cell is run with, as words of the command. */
  readonly words: readonly string[];
  readonly queue: WorkQueue;
  readonly signal?: AbortSignal | undefined;
  /** Called for every cell when it starts, reports progress, or ends. */
  readonly onCell?: ((cell: SweepCell, state: JobState) => void) | undefined;
}

/** A cell, and what came of it. */
export interface CellOutcome {
  readonly cell: SweepCell;
  /** Where its run is. */
  readonly folder: string;
  readonly outcome: JobOutcome;
}

/**
 * Runs every cell of a sweep, as many at a time as the queue takes. A cell whose run came to its end before is not run again; one that
 * was started is resumed.
 *
 * @throws if the folder holds another sweep; what cells do is in their outcomes.
 */
export async function runSweep({
  cells,
  out,
  words,
  queue,
  signal,
  onCell,
}: SweepOptions): Promise<readonly CellOutcome[]> {
  await makeFolder(join(out, 'logs'));
  await assertSameSweep(out, cells, words);
  const before = new Map<SweepCell, JobOutcome>();
  for (const cell of cells) {
    const result = await readText(runFiles(join(out, cell.name)).result).catch(() => undefined);
    if (result !== undefined) before.set(cell, { kind: 'finished', result });
  }
  for (const [cell, outcome] of before) onCell?.(cell, outcome);
  const left = cells.filter((cell) => !before.has(cell));
  const cellOf = new Map(left.map((cell) => [jobOf(cell, out, words), cell]));
  const outcomes = await queue.run([...cellOf.keys()], {
    signal,
    onState: (job, state) => {
      const cell = cellOf.get(job);
      if (cell !== undefined) onCell?.(cell, state);
    },
  });
  const found = new Map(
    [...cellOf.values()].map((cell, index) => [cell, outcomes[index] ?? { kind: 'stopped' as const }]),
  );
  return cells.map((cell) => ({
    cell,
    folder: join(out, cell.name),
    outcome: before.get(cell) ?? found.get(cell) ?? { kind: 'stopped' },
  }));
}

function jobOf({ name, experiment, model, at }: SweepCell, out: string, words: readonly string[]): Job {
  const chosen = model === modelOf(experiment) ? [] : ['--model', model];
  const run = at === undefined ? [] : ['--steps', String(at.steps), '--seed', String(at.seed)];
  const place = ['--out', join(out, name), '--json'];
  return { name, words: ['reproduce', experiment.file, ...chosen, ...run, ...place, ...words] };
}

/** What determines the results of a sweep apart from its cells: `sweep.json`. */
const sweepRecord = z.strictObject({
  /** Hashes of files, by label. */
  experiments: z.record(z.string(), z.string()),
  options: z.array(z.string()),
});

type SweepRecord = z.output<typeof sweepRecord>;

/** A cell that was finished under other settings must not be taken for one of these. */
async function assertSameSweep(out: string, cells: readonly SweepCell[], words: readonly string[]): Promise<void> {
  const hashes = new Map<string, string>();
  for (const { experiment } of cells) hashes.set(experiment.label, await fileHash(experiment.file));
  const sweep: SweepRecord = { experiments: Object.fromEntries(hashes), options: [...words] };
  const file = join(out, 'sweep.json');
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  await removeUnfinishedFiles(file);
  if (!exists) return writeWholeFile(file, `${JSON.stringify(sweep, undefined, 1)}\n`);
  const differing = differences(recordIn(await readText(file), file), sweep);
  if (differing.length > 0) {
    throw new Error(
      `${out} holds another sweep: ${differing.join('; ')}. Choose another folder with --out, or repeat that sweep's command to resume it.`,
    );
  }
}

function recordIn(text: string, file: string): SweepRecord {
  const found = sweepRecord.safeParse(jsonIn(text));
  if (found.success) return found.data;
  throw new Error(`${file}: this is not a record of a sweep. Choose another folder with --out.`);
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text, 'the file');
  } catch {
    return undefined;
  }
}

/** In words. */
function differences(before: SweepRecord, now: SweepRecord): readonly string[] {
  const [labels, others] = [Object.keys(before.experiments), Object.keys(now.experiments)];
  const areSame = labels.toSorted().join() === others.toSorted().join();
  const changed = others.filter((label) => ownValue(before.experiments, label) !== ownValue(now.experiments, label));
  const inWords = (words: readonly string[]): string => (words.length === 0 ? 'none' : `'${words.join(' ')}'`);
  return [
    ...(areSame ? [] : [`its experiments were ${labels.join(', ')} and are ${others.join(', ')}`]),
    ...(areSame && changed.length > 0 ? [`it had other experiment files for ${changed.join(', ')}`] : []),
    ...(before.options.join(' ') === now.options.join(' ')
      ? []
      : [`its options were ${inWords(before.options)} and are ${inWords(now.options)}`]),
  ];
}
