import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeUnfinishedFiles, writeWholeFile } from '@rheobase/network/node';
import { isComparison } from './comparison.js';
import type { Experiment } from './experiment-schema.js';
import { fileHash } from './record.js';
import type { Job, JobOutcome, JobState, WorkQueue } from './work-queue.js';

/** An experiment of a sweep. */
export interface SweptExperiment {
  /** Short, for names of folders. */
  readonly label: string;
  /** Its file. */
  readonly file: string;
  readonly experiment: Experiment;
}

/**
 * What a sweep goes over: every combination. Where an axis is not given, each experiment's file says what is on it. A comparison of methods
 * takes all T and seeds of its file in one run, whose table is over them.
 */
export interface SweepAxes {
  /** Methods, with their options, and networks. */
  readonly experiments: readonly SweptExperiment[];
  /** Architectures in the place of the files' own. */
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
 * @throws if two cells would have one folder, or T or seeds are given for a comparison.
 */
export function sweepCells({ experiments, models, steps, seeds }: SweepAxes): readonly SweepCell[] {
  const cells = experiments.flatMap((experiment) =>
    (models ?? [experiment.experiment.network.model]).flatMap((model): readonly SweepCell[] => {
      const own = model === experiment.experiment.network.model ? '' : `-${model}`;
      const name = `${experiment.label}${own}`;
      if (isComparison(experiment.experiment)) {
        assertFilesOwn(experiment, { steps, seeds });
        return [{ name, experiment, model }];
      }
      return (steps ?? experiment.experiment.steps).flatMap((T) =>
        (seeds ?? experiment.experiment.seeds).map((seed) => ({
          name: `${name}-T${T}-seed${seed}`,
          experiment,
          model,
          at: { steps: T, seed },
        })),
      );
    }),
  );
  const names = cells.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(`Two cells of the sweep are called ${twice}: give no experiment, network, T or seed twice.`);
  }
  return cells;
}

/** @throws naming what was given of a comparison that its file settles. */
function assertFilesOwn({ file }: SweptExperiment, { steps, seeds }: Pick<SweepAxes, 'steps' | 'seeds'>): void {
  const given = [...(steps === undefined ? [] : ['--steps']), ...(seeds === undefined ? [] : ['--seeds'])];
  if (given.length === 0) return;
  throw new Error(
    `${file} compares methods: one run takes all T and seeds of the file, and has the mean over them. Leave ${given.join(' and ')} away, ` +
      'or sweep it on its own.',
  );
}

export interface SweepOptions {
  readonly cells: readonly SweepCell[];
  /** Holds a folder for each cell, `sweep.json`, and `logs`. A sweep that was begun there is gone on with. */
  readonly out: string;
  /** Options that every cell is run with, as words of the command. */
  readonly words: readonly string[];
  readonly queue: WorkQueue;
  readonly signal?: AbortSignal | undefined;
  /** Told of every cell when it begins, tells of itself, or ends. */
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
 * was begun goes on where it was.
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
  await mkdir(join(out, 'logs'), { recursive: true });
  await assertSameSweep(out, cells, words);
  const before = new Map<SweepCell, JobOutcome>();
  for (const cell of cells) {
    const result = await readFile(join(out, cell.name, 'result.json'), 'utf8').catch(() => undefined);
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
  const chosen = model === experiment.experiment.network.model ? [] : ['--model', model];
  const run = at === undefined ? [] : ['--steps', String(at.steps), '--seed', String(at.seed)];
  const place = ['--out', join(out, name), '--json'];
  return { name, words: ['reproduce', experiment.file, ...chosen, ...run, ...place, ...words] };
}

/** A cell that was finished under other settings must not be taken for one of these. */
async function assertSameSweep(out: string, cells: readonly SweepCell[], words: readonly string[]): Promise<void> {
  const hashes = new Map<string, string>();
  for (const { experiment } of cells) hashes.set(experiment.label, await fileHash(experiment.file));
  const sweep = `${JSON.stringify({ experiments: Object.fromEntries(hashes), options: words }, undefined, 1)}\n`;
  const file = join(out, 'sweep.json');
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  await removeUnfinishedFiles(file);
  if (!exists) return writeWholeFile(file, sweep);
  if ((await readFile(file, 'utf8')) !== sweep) {
    throw new Error(
      `${out} holds another sweep: its experiment files or options differ from those in ${file}. Choose another folder with --out.`,
    );
  }
}
