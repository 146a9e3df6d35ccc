import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { Registry } from '@rheobase/network';
import { extract } from 'tar';
import { isMissing } from './byte-file.js';
import type { Dataset } from './dataset.js';
import { defaultDatasets } from './default-datasets.js';
import type { PublishedFile, PublishedSet } from './published-set.js';
import { type TransferOptions, transfer } from './transfer.js';

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

/** Brings a set to its folder in the end: what is not complete never stands there. */
async function obtain(set: PublishedSet, cacheDir: string, target: string, options: TransferOptions): Promise<void> {
  const incoming = join(cacheDir, `${set.folder}.incoming`);
  await mkdir(incoming, { recursive: true });
  if (set.form.kind === 'files') {
    for (const file of set.form.files) await fetchInto(incoming, file, options);
    await rename(incoming, target);
    return;
  }
  const { archive } = set.form;
  const path = await fetchInto(incoming, archive, options);
  const unpacked = await mkdtemp(join(incoming, 'unpacking-'));
  try {
    await extract({ file: path, cwd: unpacked, strict: true });
    const folder = join(unpacked, set.folder);
    if (!(await isThere(folder))) throw new Error(`${archive.url}: holds no folder ${set.folder}`);
    options.signal?.throwIfAborted();
    await rename(folder, target);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  await rm(incoming, { recursive: true, force: true });
}

/**
 * Downloads a data set from where it is published into a cache folder: resumed where an earlier attempt broke off, verified by SHA-256, unpacked
 * aside, and put in place at the end. If the set's folder is there already nothing is fetched, nor is the network touched.
 *
 * @throws (the promise rejects) if there is no such set or it is not published for downloading (the message says how to get it), and as
 * {@link transfer} does.
 */
export async function download(name: string, options: DownloadOptions): Promise<Downloaded> {
  const { cacheDir, datasets = defaultDatasets, ...transferOptions } = options;
  const { origin } = datasets.get(name);
  if (origin.kind === 'procedural') throw new Error(`${name} is made on the spot; there is nothing to download`);
  if (origin.kind === 'manual') throw new Error(`${name} cannot be downloaded from here: ${origin.how}`);
  const folder = join(cacheDir, origin.set.folder);
  if (await isThere(folder)) return { folder, fetched: false };
  await obtain(origin.set, cacheDir, folder, transferOptions);
  return { folder, fetched: true };
}
