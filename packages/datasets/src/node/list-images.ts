import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileReason } from '@rheobase/network/node';
import type { SkippedFile } from '../skipped-file.js';
import { isMissing } from './byte-file.js';

/** torchvision's `IMG_EXTENSIONS`, in small letters or capitals. */
const imageEnding = /\.(?:jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;

/** Whether a file is named like an image. */
export function isNamedLikeImage(name: string): boolean {
  return imageEnding.test(name);
}

/** What an entry of a folder is, links followed. */
export type EntryKind = 'folder' | 'file' | 'no-file' | 'broken-link';

/** An entry of a folder that is not hidden. */
export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: EntryKind;
}

/**
 * What is in a folder, by name in the order of code points, as Python sorts; links are followed.
 *
 * @param skipped notes hidden entries here
 * @throws (the promise rejects) naming the folder if it is missing or cannot be read.
 */
export async function entriesOf(
  folder: string,
  advice: string,
  skipped: SkippedFile[],
): Promise<readonly FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) throw new Error(`${folder}: no such folder; ${advice}`, { cause });
    throw new Error(`${folder}: cannot be read (${fileReason(cause)})`, { cause });
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const found: FolderEntry[] = [];
  for (const name of inOrder([...byName.keys()])) {
    const path = join(folder, name);
    if (name.startsWith('.')) {
      skipped.push({ path, reason: 'hidden' });
      continue;
    }
    const entry = byName.get(name);
    // Most are files or folders, which saves asking for each of a million.
    const kind = entry?.isFile() ? 'file' : entry?.isDirectory() ? 'folder' : await kindBehind(path);
    found.push({ name, path, kind });
  }
  return found;
}

async function kindBehind(path: string): Promise<EntryKind> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'broken-link';
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'no-file';
}

/** Sorted by code points; UTF-16 has some of them in another order. */
function inOrder(names: readonly string[]): readonly string[] {
  const isPlain = names.every((name) => !/[\ud800-\uffff]/.test(name));
  return isPlain ? names.toSorted() : names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Image files, and the other files that were found. */
export interface ImageListing {
  /** Their paths. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * The files in a folder and below that are named like images, in torchvision's order: folders by their whole paths, in each the files by
 * name. Links are followed, but no folder is read twice.
 *
 * @param around folders that hold this one and are not to be read in it, by their real paths
 * @throws (the promise rejects) naming the folder that is missing or cannot be read.
 */
export async function listImages(
  folder: string,
  advice: string,
  around: readonly string[] = [],
): Promise<ImageListing> {
  const skipped: SkippedFile[] = [];
  const filesOf = new Map<string, readonly string[]>();
  const read = new Set(around);
  const visit = async (at: string): Promise<void> => {
    const entries = await entriesOf(at, advice, skipped);
    const files: string[] = [];
    for (const { name, path, kind } of entries) {
      if (kind === 'folder') {
        const real = await realpath(path);
        if (read.has(real)) {
          skipped.push({ path, reason: 'read-before' });
          continue;
        }
        read.add(real);
        await visit(path);
      } else if (kind === 'file' && isNamedLikeImage(name)) files.push(path);
      else skipped.push({ path, reason: kind === 'file' ? 'other-ending' : kind });
    }
    filesOf.set(at, files);
  };
  read.add(await realpath(folder).catch(() => folder));
  await visit(folder);
  return { files: inOrder([...filesOf.keys()]).flatMap((at) => filesOf.get(at) ?? []), skipped };
}
