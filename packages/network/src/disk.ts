import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Network } from './network.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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
    throw new Error(`${path}: the network cannot be read (${reason(error)}).`, { cause: error });
  }
  return decodeNetwork(bytes, path);
}

/**
 * Writes a network to a file. The file appears whole or not at all: it is written under another name in the same folder,
 * forced to disk, and renamed, so a reader never sees half of it and a crash leaves an earlier file as it was.
 *
 * @throws if the network is not well-formed, or the file cannot be written; the folder must exist.
 */
export async function writeNetworkFile(path: string, network: Network): Promise<void> {
  const bytes = encodeNetwork(network);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`${path}: the network cannot be written (${reason(error)}).`, { cause: error });
  }
}
