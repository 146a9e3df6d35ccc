import { open, readFile } from 'node:fs/promises';
import { fileReason } from './file-reason.js';
import type { Network } from './network.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import { readText } from './text-file.js';
import { type RecognizedFile, recognizedBy, recognizeFile } from './recognize-file.js';
import { readWholeFile, removeUnfinishedFiles, writeWholeFile } from './whole-file.js';

export { fileReason, readText, readWholeFile, removeUnfinishedFiles, writeWholeFile };

/**
 * Tells what a file is by its beginning, as {@link recognizeFile} does.
 *
 * @returns nothing where it cannot be told, or the file cannot be read
 */
export async function recognizeFileAt(path: string): Promise<RecognizedFile | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(recognizedBy) });
    return recognizeFile(buffer.subarray(0, bytesRead));
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/**
 * Reads a network from a file that {@link writeNetworkFile} wrote.
 *
 * @throws if the file cannot be read, or with what {@link decodeNetwork} refuses.
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
 * Writes a network to a file, whole or not at all: see {@link writeWholeFile}.
 *
 * @throws if the network is not well-formed, or the file cannot be written; the folder must exist.
 */
export async function writeNetworkFile(path: string, network: Network): Promise<void> {
  await writeWholeFile(path, encodeNetwork(network));
}
