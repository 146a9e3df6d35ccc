import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileReason, readText } from '@rheobase/network/node';
import type { ReportedRun } from '../../report/reported-run.js';
import { resumingCommand } from '../folder/run-command.js';
import { fieldsOf } from '../folder/fields-of.js';
import { folderHolder } from '../folder/folder-lock.js';
import { readMetrics } from '../folder/metrics-log.js';
import { existingFile, runFiles } from '../folder/run-files.js';
import { failedEvent, runTask } from '../folder/run-folder.js';
import { readRun } from './read-run.js';

/** A run's folder, and how far the run came. */
export interface ListedRun {
  readonly path: string;
  /** Of its folder. */
  readonly name: string;
  /** The command that started it, and resumes it. */
  readonly by: string;
  /** The configuration from its file: the table, and under `run` everything that determines the result. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly state:
    | { readonly kind: 'finished'; readonly run: ReportedRun }
    | { readonly kind: 'running'; readonly process: number; readonly done: readonly string[] }
    | { readonly kind: 'stopped'; readonly done: readonly string[] }
    /** With the reason in words. */
    | { readonly kind: 'failed'; readonly done: readonly string[]; readonly reason: string }
    | { readonly kind: 'damaged'; readonly reason: string };
}

/**
 * The runs in a folder: the one that it is, or those in its folders, by name. Folders that hold no configuration are passed by.
 *
 * @throws naming the folder, if it cannot be read.
 */
export async function listRuns(folder: string): Promise<readonly ListedRun[]> {
  const own = await listedRun(folder);
  if (own !== undefined) return [own];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new Error(
      `${folder}: the folder of runs cannot be read (${fileReason(error)}). Give the folder that holds your runs; \`rheobase reproduce two-stage/glyphs\` makes one.`,
      { cause: error },
    );
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const runs = await Promise.all(names.toSorted().map((name) => listedRun(join(folder, name))));
  return runs.filter((run) => run !== undefined);
}

async function listedRun(path: string): Promise<ListedRun | undefined> {
  const file = runFiles(path).configuration;
  const text = await readText(file).catch(() => undefined);
  if (text === undefined) return undefined;
  const about = { path, name: basename(resolve(path)), by: await resumingCommand(path) };
  const configuration = fieldsOf(text);
  if (configuration === undefined) {
    return {
      ...about,
      configuration: {},
      state: { kind: 'damaged', reason: `${file}: this is not a configuration of a run.` },
    };
  }
  return { ...about, configuration, state: await stateOf(path) };
}

async function stateOf(path: string): Promise<ListedRun['state']> {
  const process = await folderHolder(path);
  if (process !== undefined) return { kind: 'running', process, done: await doneIn(path) };
  if (existingFile(runFiles(path).result) === undefined) return howItEnded(path);
  try {
    return { kind: 'finished', run: await readRun(path) };
  } catch (error) {
    return { kind: 'damaged', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether a run without a result was stopped or has failed, by the last entry of its metrics about the run as a whole. */
async function howItEnded(path: string): Promise<ListedRun['state']> {
  const done = await doneIn(path);
  const last = (await readMetrics(path)).findLast(({ task }) => task === runTask);
  return last?.['event'] === failedEvent
    ? { kind: 'failed', done, reason: String(last['reason']) }
    : { kind: 'stopped', done };
}

/** The stages that are done, in the order in which they were. */
async function doneIn(path: string): Promise<readonly string[]> {
  const done = (await readMetrics(path)).flatMap(({ event, task }) =>
    event === 'done' && typeof task === 'string' ? [task] : [],
  );
  return [...new Set(done)];
}
