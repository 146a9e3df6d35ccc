import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileReason } from './file-reason.js';
import { makeFolder } from './make-folder.js';
import type { Network } from './network.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import { readText } from './text-file.js';
import { type RecognizedFile, recognizedBy, recognizeFile } from './recognize-file.js';
import { assertReplaceable, readWholeFile, removeUnfinishedFiles, writeWholeFile } from './whole-file.js';

export { assertReplaceable, fileReason, makeFolder, readText, readWholeFile, removeUnfinishedFiles, writeWholeFile };

/**
 * Recognizes a file or folder; a file by its first bytes, as {@link recognizeFile} does.
 *
 * @returns undefined if it is not recognized, or the file cannot be read
 */
export function recognizeFileAt(
  path: string,
): (Omit<RecognizedFile, 'kind'> & { readonly kind: RecognizedFile['kind'] | 'folder' }) | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    return {
      kind: 'folder',
      what: 'a folder',
      advice: 'If a run wrote it, give it with --network if the command takes that.',
    };
  }
  // Reading a pipe would block.
  if (found?.isFile() !== true) return undefined;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const beginning = new Uint8Array(recognizedBy);
    return recognizeFile(beginning.subarray(0, readSync(file, beginning)));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Reads a network from a file that {@link writeNetworkFile} wrote.
 *
 * @throws if the file cannot be read, or {@link decodeNetwork} refuses it.
 */
export async function readNetworkFile(path: string): Promise<Network> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(`${path}: the network cannot be read (${fileReason(error)}).`, { cause: error });
  }
  return decodeNetwork(bytes, path);
}

/**
 * Writes a network to a file atomically: see {@link writeWholeFile}.
 *
 * @throws if the network is not well-formed, or the file cannot be written; the folder must exist.
 */
export async function writeNetworkFile(path: string, network: Network): Promise<void> {
  await writeWholeFile(path, encodeNetwork(network));
}
