import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { Registry } from '@rheobase/network';
import { fileReason } from '@rheobase/network/node';
import { extract } from 'tar';
import { isMissing } from './byte-file.js';
import { verifyFolder, writeChecksums } from './checksums.js';
import type { Dataset } from './dataset.js';
import { defaultDatasets } from './default-datasets.js';
import type { PublishedFile, PublishedSet } from './published-set.js';
import { type TransferOptions, transfer } from './transfer.js';
import { makeFolder } from '@rheobase/network/node';

/** Where a data set is downloaded to, and how. */
export interface DownloadOptions extends TransferOptions {
  /** The folder that holds, or shall hold, the sets' folders; made if it is not there. */
  readonly cacheDir: string;
  /** The sets to choose from. */
  readonly datasets?: Registry<Dataset>;
}

/** What a download came to. */
export interface Downloaded {
  /** The set's own folder, in `cacheDir`. */
  readonly folder: string;
  /** Whether anything was fetched: false if the folder was there already. */
  readonly fetched: boolean;
  /**
   * Whether every file in it is known to be what was published: true for what was fetched now, and for a folder that was there and
   * agrees with its checksums; false for a folder that was there and has none to compare with, as it was not downloaded this way.
   */
  readonly verified: boolean;
}

/** The usual place for downloaded sets on this system. */
export function defaultCacheDir(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const base =
    environment['XDG_CACHE_HOME'] ??
    (process.platform === 'win32' ? environment['LOCALAPPDATA'] : undefined) ??
    join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'rheobase', 'datasets');
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Fetches a file unless an earlier attempt left it complete. */
async function fetchInto(folder: string, file: PublishedFile, options: TransferOptions): Promise<string> {
  const path = join(folder, basename(new URL(file.url).pathname));
  if (!(await isThere(path))) await transfer(file, path, options);
  return path;
}

/** What an archive of images may hold: nothing that leads elsewhere, and no devices. */
const plainEntries: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']);

/**
 * Unpacks an archive.
 *
 * @throws (the promise rejects) naming where it came from and the entry, if that is a link or a device, or leads out of the folder; or if the
 * archive is damaged.
 */
async function unpack(archive: string, folder: string, url: string): Promise<void> {
  let refused: string | undefined;
  const filter = (path: string, entry: object): boolean => {
    const type = 'type' in entry ? String(entry.type) : '';
    if (plainEntries.has(type)) return true;
    refused ??= `'${path}' is not a file (${type})`;
    return false;
  };
  try {
    // Strict: an entry with '..' or an absolute path is an error.
    await extract({ file: archive, cwd: folder, strict: true, filter });
  } catch (cause) {
    throw new Error(`${url}: cannot be unpacked (${fileReason(cause)})`, { cause });
  }
  if (refused !== undefined) throw new Error(`${url}: cannot be unpacked: ${refused}; nothing was kept`);
}

/** Brings a set to its folder in the end: what is not complete never stands there. */
async function obtain(set: PublishedSet, cacheDir: string, target: string, options: TransferOptions): Promise<void> {
  const incoming = join(cacheDir, `${set.folder}.incoming`);
  await makeFolder(incoming);
  if (set.form.kind === 'files') {
    for (const file of set.form.files) await fetchInto(incoming, file, options);
    await writeChecksums(incoming, options.signal);
    await rename(incoming, target);
    return;
  }
  const { archive } = set.form;
  const path = await fetchInto(incoming, archive, options);
  const unpacked = await mkdtemp(join(incoming, 'unpacking-'));
  try {
    await unpack(path, unpacked, archive.url);
    const folder = join(unpacked, set.folder);
    if (!(await isThere(folder))) throw new Error(`${archive.url}: holds no folder ${set.folder}`);
    await writeChecksums(folder, options.signal);
    options.signal?.throwIfAborted();
    await rename(folder, target);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  await rm(incoming, { recursive: true, force: true });
}

/** Downloads a set into the cache unless its folder exists; returns whether anything was fetched. */
export async function bringToCache(name: string, options: DownloadOptions): Promise<Omit<Downloaded, 'verified'>> {
  const { cacheDir, ...transferOptions } = options;
  const set = publishedSet(name, options);
  const folder = join(cacheDir, set.folder);
  if (await isThere(folder)) return { folder, fetched: false };
  await obtain(set, cacheDir, folder, transferOptions);
  return { folder, fetched: true };
}

function publishedSet(name: string, { datasets = defaultDatasets }: DownloadOptions): PublishedSet {
  const { origin } = datasets.get(name);
  if (origin.kind === 'procedural') throw new Error(`${name} is procedural; there is nothing to download`);
  if (origin.kind === 'manual') throw new Error(`${name} cannot be downloaded from here: ${origin.how}`);
  return origin.set;
}

/**
 * Downloads a data set from where it is published into a cache folder: resumed where an earlier attempt broke off, verified by SHA-256, unpacked
 * aside, and put in place at the end with the checksums of its files. If the set's folder is there already nothing is fetched, nor is the network
 * touched; its files are compared with those checksums, or with the published ones where the set is published file by file.
 *
 * @throws (the promise rejects) if there is no such set or it is not published for downloading (the message says how to get it); naming the
 * file if one in a folder that was there differs or is missing; and as {@link transfer} does.
 */
export async function download(name: string, options: DownloadOptions): Promise<Downloaded> {
  const brought = await bringToCache(name, options);
  if (brought.fetched) return { ...brought, verified: true };
  return { ...brought, verified: await verifyFolder(brought.folder, publishedSet(name, options), options.signal) };
}
