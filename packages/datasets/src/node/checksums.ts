import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { readText, writeWholeFile } from '@rheobase/network/node';
import { isMissing } from './byte-file.js';
import { pathInside } from './path-inside.js';
import type { PublishedSet } from './published-set.js';
import { sha256Of } from './sha256.js';

/** In a downloaded set's folder: the SHA-256 of every other file in it, as `sha256sum` writes them and `sha256sum -c` reads them. */
const checksumsFile = '.rheobase.sha256';

/** What a file of a set should be. */
interface Checksum {
  /** Path in the folder, parted by `/`. */
  readonly path: string;
  readonly sha256: string;
}

/** Writes down the checksums of all files in a folder. */
export async function writeChecksums(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name !== checksumsFile)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  const lines: string[] = [];
  for (const path of paths) lines.push(`${await sha256Of(join(folder, path), signal)}  ${path}\n`);
  await writeWholeFile(join(folder, checksumsFile), lines.join(''));
}

/** The checksums that a folder holds of itself, if it does. */
async function readChecksums(folder: string): Promise<readonly Checksum[] | undefined> {
  const file = join(folder, checksumsFile);
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const [, sha256, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (sha256 === undefined || path === undefined) {
        throw new Error(
          `${file}: line ${i + 1} is not a line of sha256sum; remove the folder ${folder} and download the set again`,
        );
      }
      return { path, sha256 };
    });
}

/** The published checksums, where the set is published file by file and the folder holds them all. */
async function publishedChecksums(folder: string, { form }: PublishedSet): Promise<readonly Checksum[] | undefined> {
  if (form.kind !== 'files') return undefined;
  const checksums = form.files.map(({ url, sha256 }) => ({ path: basename(new URL(url).pathname), sha256 }));
  const names = new Set(await readdir(folder));
  return checksums.every(({ path }) => names.has(path)) ? checksums : undefined;
}

/**
 * Compares a set's folder with the checksums it holds, or with the published ones.
 *
 * @returns whether there were any to compare with
 * @throws (the promise rejects) naming a file that differs or is missing.
 */
export async function verifyFolder(
  folder: string,
  set: PublishedSet,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder}: is not a folder; remove it to download the set`);
  const checksums = (await readChecksums(folder)) ?? (await publishedChecksums(folder, set));
  if (checksums === undefined) return false;
  const advice = `remove the folder ${folder} and download the set again`;
  for (const { path, sha256 } of checksums) {
    const file = pathInside(folder, path, (reason) => new Error(`${join(folder, checksumsFile)}: ${reason}`));
    let found: string;
    try {
      found = await sha256Of(file, signal);
    } catch (cause) {
      if (isMissing(cause)) throw new Error(`${file}: is missing; ${advice}`, { cause });
      throw cause;
    }
    if (found !== sha256) throw new Error(`${file}: has SHA-256 ${found}, but should have ${sha256}; ${advice}`);
  }
  return true;
}
