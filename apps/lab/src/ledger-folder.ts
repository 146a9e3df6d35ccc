import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '@rheobase/network';
import { decodeNetwork } from '@rheobase/network';
import type { Stage } from './ledger-run.js';

/** What `rheobase reproduce` and `rheobase quickstart` leave, as far as a ledger needs it. */
export interface LedgerFolder {
  readonly source: Network;
  /** The stages whose networks are kept, in the order of the method, and last the network that was chosen if it is none of them. */
  readonly stages: readonly Stage[];
  /** Name of the stage that `network.safetensors` is. */
  readonly chosen: string;
  /** What the run's result says of itself. */
  readonly settings: LedgerSettings;
}

export interface LedgerSettings {
  /** T. */
  readonly steps?: number;
  readonly dataset?: string;
  readonly normalization?: string;
}

/** In the order in which they are made: conversion, then METHOD §6 (a), (b), (c), then what goes beyond. */
const stageNames = ['converted', 'potentials', 'bptt', 'potentialsAgain', 'beyond'] as const;

/**
 * Reads the networks of a run's folder.
 *
 * @throws naming the file that is missing or cannot be read.
 */
export async function readLedgerFolder(folder: string): Promise<LedgerFolder> {
  const network = await bytesOf(folder, 'network.safetensors');
  const source = await bytesOf(folder, 'source.safetensors');
  if (network === undefined || source === undefined) {
    throw new Error(
      `${folder}: it holds no ${network === undefined ? 'network' : 'source'}.safetensors. A ledger needs the spiking network and ` +
        'its source: give a folder that `rheobase reproduce` wrote, or --network FILE with --source FILE.',
    );
  }
  const stages: Stage[] = [];
  let chosen: string | undefined;
  for (const name of stageNames) {
    const bytes = await bytesOf(folder, `${name}.safetensors`);
    if (bytes === undefined) continue;
    if (bytes.equals(network)) chosen = name;
    stages.push({ name, network: decodeNetwork(bytes, join(folder, `${name}.safetensors`)) });
  }
  if (chosen === undefined) {
    stages.push({ name: 'network', network: decodeNetwork(network, join(folder, 'network.safetensors')) });
  }
  return {
    source: decodeNetwork(source, join(folder, 'source.safetensors')),
    stages,
    chosen: chosen ?? 'network',
    settings: await settingsIn(join(folder, 'result.json')),
  };
}

/** The file's bytes, or undefined where it is not there. */
async function bytesOf(folder: string, name: string): Promise<Buffer | undefined> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`${path}: it cannot be read (${error instanceof Error ? error.message : String(error)}).`, {
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function settingsIn(path: string): Promise<LedgerSettings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: it is no JSON. Repeat the run that wrote it, or remove it and give its options here.`, {
      cause: error,
    });
  }
  if (typeof result !== 'object' || result === null) return {};
  const { steps, dataset, normalization } = {
    steps: undefined,
    dataset: undefined,
    normalization: undefined,
    ...result,
  };
  return {
    ...(typeof steps === 'number' && { steps }),
    ...(typeof dataset === 'string' && { dataset }),
    ...(typeof normalization === 'string' && { normalization }),
  };
}
