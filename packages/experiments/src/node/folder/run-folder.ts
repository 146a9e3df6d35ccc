import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeNetwork, encodeNetwork, type Network, parseJson, someOf } from '@rheobase/network';
import { makeFolder, readText, removeUnfinishedFiles, writeWholeFile } from '@rheobase/network/node';
import type { z } from 'zod';
import { presentStage, withPresentNames } from '../../former-names.js';
import { configurationFields, differingFields, imageHash, pluginHash } from './configuration-fields.js';
import { lockFolder } from './folder-lock.js';
import { type MetricsLog, openMetricsLog } from './metrics-log.js';
import {
  networkFileOf,
  type RunFiles,
  runFiles,
  runFolders,
  stageCheckpointFile,
  stageRecordFile,
} from './run-files.js';

type Json = z.core.util.JSONType;

/** A network as a file of a run's folder. */
export interface KeptNetwork {
  readonly network: Network;
  /** Of the file. */
  readonly sha256: string;
}

/** The folder of a run: its networks, its records, and checkpoints of what is under way. */
export interface RunFolder {
  readonly path: string;
  /** Where a stage notes that it is finished, and what came of it. */
  recordFile(name: string): string;
  /** Where a running stage stores what it needs to resume. */
  checkpointFile(name: string): string;
  /** The network of that name, if it is there whole. */
  readNetwork(name: string): Promise<KeptNetwork | undefined>;
  writeNetwork(name: string, network: Network): Promise<KeptNetwork>;
  readonly files: RunFiles;
  /** Writes one of them, as JSON. */
  write(file: string, content: object): Promise<void>;
  /** The events that the run reported. */
  readonly metrics: MetricsLog;
  /**
   * Notes that the run has failed. A run that has done nothing yet leaves no folder once it is closed: its folder would look like that of
   * a run which could be resumed.
   *
   * @param reason in words
   */
  fail(reason: string): Promise<void>;
  /**
   * Gives the folder back to other processes.
   *
   * @throws naming the file, if metrics could not be written.
   */
  close(): Promise<void>;
}

/** The names under which metrics report on the run as a whole and on its failure. */
export const [runTask, failedEvent] = ['run', 'failed'] as const;
/** Of two runs, in a message. */
const shownDifferences = 4;

/**
 * Opens the folder of a run, a new one or one of the same run, for this process alone until it is closed.
 *
 * @param identity everything that determines the run's result; a folder with another one is refused
 * @param description further contents of the configuration
 * @param onNotice called with notices about a stale lock, and about a run that ended before it had done anything and
 *   is replaced by this one
 * @throws naming the folder and what differs, if it holds another run; naming the process that has it, if another one is running there.
 */
export async function openRunFolder(
  path: string,
  identity: Json,
  description: object,
  onNotice?: (notice: string) => void,
): Promise<RunFolder> {
  for (const folder of runFolders(path)) await makeFolder(folder);
  const lock = await lockFolder(path, onNotice);
  try {
    await claimFor(path, identity, description, onNotice);
    await renameFormerStages(path);
    const metrics = await openMetricsLog(runFiles(path).metrics);
    let isVain = false;
    return {
      ...runFolder(path),
      metrics,
      fail: async (reason) => {
        isVain = await hasDoneNothing(path);
        metrics.note(runTask, { event: failedEvent, reason });
      },
      close: async () => {
        await metrics.close().finally(async () => {
          if (isVain) await removeTraces(path);
          await lock.release();
        });
        // The folder itself goes too, unless something else is in it.
        if (isVain) await rmdir(path).catch(() => undefined);
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Writes the configuration of a new run, or makes sure that the one in the folder is the same. */
async function claimFor(
  path: string,
  identity: Json,
  description: object,
  onNotice: ((notice: string) => void) | undefined,
): Promise<void> {
  const claim = (): Promise<void> =>
    runFolder(path).write(runFiles(path).configuration, { ...description, run: identity });
  const file = runFiles(path).configuration;
  const kept = await readText(file).catch(() => undefined);
  if (kept === undefined) {
    await assertNoOtherRecord(path, description);
    return claim();
  }
  const { run, table, command } = keptIn(kept, file);
  const differing = differences(withPresentNames(run), withPresentNames(identity));
  if (differing.length > 0 && (await hasDoneNothing(path))) {
    onNotice?.(`${path}: the run that was started here had done nothing yet; this one replaces it.`);
    return claim();
  }
  if (command !== undefined && command !== commandOf(description)) throw new Error(ofOtherCommand(path, command));
  if (differing.length > 0) {
    throw new Error(
      `${path} holds another run: ${otherExperiment(table, tableOf(description)) ?? inShort(differing)}.\n` +
        `Choose another folder with --out, or repeat that run's command, with its files as they were, to resume it.`,
    );
  }
}

/** Stages that an earlier version did under other names are found then. */
async function renameFormerStages(path: string): Promise<void> {
  for (const folder of [path, ...runFolders(path)]) {
    for (const file of await readdir(folder)) {
      const present = presentStage(file);
      if (present !== file) await rename(join(folder, file), join(folder, present));
    }
  }
}

async function hasDoneNothing(path: string): Promise<boolean> {
  const left = await Promise.all(runFolders(path).map((folder) => readdir(folder)));
  return left.every((names) => names.length === 0);
}

/** Removes what a run has left that has done nothing. */
async function removeTraces(path: string): Promise<void> {
  const { configuration, command, metrics } = runFiles(path);
  for (const file of [configuration, command, metrics]) await rm(file, { force: true });
  for (const folder of runFolders(path)) await rmdir(folder).catch(() => undefined);
}

interface KeptConfiguration {
  readonly run: unknown;
  /** Of its experiment, by which people know it. */
  readonly table: string | undefined;
  /** That made it, where it was another than `reproduce`. */
  readonly command: string | undefined;
}

function keptIn(text: string, file: string): KeptConfiguration {
  try {
    const content: unknown = parseJson(text, file);
    if (typeof content === 'object' && content !== null && 'run' in content) {
      return { run: content.run, table: tableOf(content), command: commandOf(content) };
    }
  } catch {
    // Said below.
  }
  throw new Error(`${file}: this is not a configuration of a run. Choose another folder with --out.`);
}

function tableOf(description: object): string | undefined {
  return 'table' in description && typeof description.table === 'string' ? description.table : undefined;
}

function commandOf(description: object): string | undefined {
  return 'command' in description && typeof description.command === 'string' ? description.command : undefined;
}

const ofOtherCommand = (path: string, command: string): string =>
  `${path}: this folder holds a \`${command}\` run. Choose another folder with --out.`;

/** Commands stored a record but no configuration, before their work became a run like others. */
async function assertNoOtherRecord(path: string, description: object): Promise<void> {
  const text = await readText(runFiles(path).result).catch(() => '');
  const [, command = commandOf(description)] = /"command":\s*"(?:rheobase )?([a-z-]+)/.exec(text) ?? [];
  if (command !== undefined && command !== commandOf(description)) throw new Error(ofOtherCommand(path, command));
}

/** That a folder is of another experiment, which explains all other differences. */
function otherExperiment(kept: string | undefined, present: string | undefined): string | undefined {
  if (kept === undefined || kept === present) return undefined;
  return `one of the experiment '${kept}'${present === undefined ? '' : `, not of '${present}'`}`;
}

function inShort(differing: readonly string[]): string {
  const { shown, left } = someOf(differing, shownDifferences);
  const rest = left > 0 ? `; and ${left} more difference${left === 1 ? '' : 's'}` : '';
  return `${shown.join('; ')}${rest}`;
}

function runFolder(path: string): Omit<RunFolder, 'metrics' | 'fail' | 'close'> {
  const networkFile = (name: string): string => networkFileOf(path, name);
  return {
    path,
    recordFile: (name) => stageRecordFile(path, name),
    checkpointFile: (name) => stageCheckpointFile(path, name),
    readNetwork: async (name) => {
      const bytes = await readFile(networkFile(name)).catch(() => undefined);
      if (bytes === undefined) return undefined;
      try {
        return { network: decodeNetwork(bytes, networkFile(name)), sha256: digest(bytes) };
      } catch {
        // A damaged one is as good as none: it is made again.
        return undefined;
      }
    },
    writeNetwork: async (name, network) => {
      const bytes = encodeNetwork(network);
      await removeUnfinishedFiles(networkFile(name));
      await writeWholeFile(networkFile(name), bytes);
      return { network: decodeNetwork(bytes, networkFile(name)), sha256: digest(bytes) };
    },
    files: runFiles(path),
    write: async (file, content) => {
      await removeUnfinishedFiles(file);
      await writeWholeFile(file, `${JSON.stringify(content, undefined, 1)}\n`);
    },
  };
}

/** SHA-256 of the file that a network would be. */
export function networkHash(network: Network): string {
  return digest(encodeNetwork(network));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where two configurations differ, in words; nested fields by their path. */
function differences(kept: unknown, present: unknown): readonly string[] {
  const [before, after] = [configurationFields(kept), configurationFields(present)];
  const shown = (value: string | undefined): string => value ?? 'not set';
  const differing = differingFields([before, after]);
  const changed = differing.filter((name) => imageHash.test(name) && before.has(name) && after.has(name));
  const parts = changed.map((name) => name.replace(imageHash, ''));
  const plugins = differing.filter((name) => pluginHash.test(name) && before.has(name) && after.has(name));
  const set = after.get('data.dataset') ?? after.get('dataset') ?? 'the data set';
  return [
    ...(parts.length > 0
      ? [`images of ${set}, or their annotations, have changed (those for ${parts.join(', ')})`]
      : []),
    ...plugins.map(
      (name) =>
        `the plugin file '${name.replace(pluginHash, '')}' has changed, and a run resumes only with the one it was started with`,
    ),
    ...differing
      .filter((name) => !changed.includes(name) && !plugins.includes(name))
      .map((name) => `'${name}' was ${shown(before.get(name))} and is ${shown(after.get(name))}`),
  ];
}

/** Removes a checkpoint that is no longer needed. */
export async function removeCheckpoint(folder: RunFolder, name: string): Promise<void> {
  await rm(folder.checkpointFile(name), { recursive: true, force: true });
}
