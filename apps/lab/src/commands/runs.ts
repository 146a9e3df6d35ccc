import { textTable } from '@rheobase/network';
import { configurationFields, differingFields, type ListedRun, listRuns } from '@rheobase/experiments/node';
import { scoreName, stageInWords } from '@rheobase/experiments/report';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { shellWord } from '../output/shell-word.js';
import { percent } from '../output/figures.js';

interface Options {
  readonly differences?: boolean;
  readonly json?: boolean;
}

/** `rheobase runs`: compares the runs of some folders. */
export function runsCommand(program: Command, output: CommandOutput): void {
  program
    .command('runs')
    .description('list runs and compare them: progress, accuracy or mean AP@0.5, and published figures')
    .argument('[folder...]', 'folders of runs, or runs', ['runs'])
    .option('--differences', 'also say in which settings the runs differ')
    .option('--json', 'print one line of JSON')
    .action(async (folders: readonly string[], options: Options) => {
      const runs = (await Promise.all(folders.map(listRuns))).flat();
      writeResult(output, options, { runs: runs.map(fieldsOf) }, () => describe(runs, folders, options));
    });
}

function describe(runs: readonly ListedRun[], folders: readonly string[], { differences }: Options): string {
  if (runs.length === 0) return `There are no runs in ${folders.join(', ')}.`;
  const head = [
    'run',
    'state',
    'network',
    'set',
    'T',
    'seed',
    'score',
    'source',
    'spiking',
    'to source',
    'energy/ANN',
    'figures',
  ];
  const remarks = runs.flatMap((run) => remarkOn(run));
  return [
    textTable([head, ...runs.map(rowOf)]),
    ...(remarks.length > 0 ? ['', ...remarks] : []),
    ...(differences ? ['', ...differencesOf(runs)] : []),
  ].join('\n');
}

function rowOf({ name, state }: ListedRun): readonly string[] {
  if (state.kind !== 'finished') return [name, state.kind, ...Array.from({ length: 10 }, () => '')];
  const { run } = state;
  const last = run.curves.find((curve) => curve.name === run.best)?.points.at(-1);
  // The run of `finetune` has only its network.
  const analog = run.ann ?? (last === undefined ? run.quantized : undefined);
  const about = run.smoke.length > 0 ? 'smoke' : run.by;
  return [
    name,
    about === undefined ? 'finished' : `finished (${about})`,
    run.model,
    run.dataset,
    run.steps.join(','),
    run.seeds.join(','),
    scoreName(run.task).name,
    analog === undefined ? '' : percent(analog),
    last === undefined ? '' : percent(last.score),
    last === undefined || run.ann === undefined ? '' : (100 * (last.score - run.ann)).toFixed(2),
    last?.energyRatio.toFixed(3) ?? '',
    run.by === undefined ? figuresOf(run.figures.map(({ verdict }) => verdict.kind)) : '',
  ];
}

/** How many of the comparable published figures were reproduced. */
function figuresOf(verdicts: readonly string[]): string {
  const count = (kind: string): number => verdicts.filter((verdict) => verdict === kind).length;
  const [reproduced, short] = [count('reproduced'), count('short')];
  if (reproduced + short === 0) return 'none expected';
  return short === 0 ? `${reproduced} reproduced` : `${reproduced} reproduced, ${short} short`;
}

function remarkOn({ path, name, by, state }: ListedRun): readonly string[] {
  const soFar = (done: readonly string[]): string =>
    done.length === 0 ? 'nothing yet' : done.map(stageInWords).join(', ');
  switch (state.kind) {
    case 'finished':
      return [];
    case 'running':
      return [`${name}: process ${state.process} is running it; done: ${soFar(state.done)}.`];
    case 'stopped':
      return [
        `${name}: it was stopped, and \`rheobase ${by} --resume ${shellWord(path)}\` resumes it; done: ${soFar(state.done)}.`,
      ];
    case 'failed':
      return [
        `${name}: it failed: ${state.reason}`,
        `${name}: \`rheobase ${by} --resume ${shellWord(path)}\` retries from there; done: ${soFar(state.done)}.`,
      ];
    case 'damaged':
      return [`${name}: ${state.reason}`];
  }
}

/** Settings that differ between runs, with their values. */
function differencesOf(runs: readonly ListedRun[]): readonly string[] {
  if (runs.length === 1) return ['There is only one run, and nothing to compare it with.'];
  const fields = runs.map(({ configuration }) => configurationFields(configuration['run'] ?? {}));
  const differing = differingFields(fields);
  if (differing.length === 0) return ['The runs have the same settings.'];
  const rows = differing.map((name) => [name, ...fields.map((own) => shortHash(own.get(name) ?? ''))]);
  return [textTable([['setting', ...runs.map(({ name }) => name)], ...rows])];
}

/** The first digits of a SHA-256; any other value unchanged. */
function shortHash(value: string): string {
  return value.replace(/^"([0-9a-f]{12})[0-9a-f]{52}"$/, '"$1…"');
}

function fieldsOf({ path, name, state, configuration }: ListedRun): object {
  const { kind, ...rest } = state;
  if (state.kind !== 'finished') return { path, name, state: kind, ...rest, configuration };
  const { task, model, dataset, steps, seeds, ann, curves, best, figures, smoke } = state.run;
  return {
    path,
    name,
    state: kind,
    task,
    model,
    dataset,
    steps,
    seeds,
    ann,
    best,
    curves,
    figures,
    smoke,
    configuration,
  };
}
