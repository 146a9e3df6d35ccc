import { readFile } from 'node:fs/promises';
import type { Network } from '@rheobase/network';
import { decodeNetwork, isSpiking } from '@rheobase/network';
import type { LedgerStage, VectorOrder } from '@rheobase/experiments';
import { networkFileOf, networksIn, runFileNames } from '@rheobase/experiments/node';
import { whyNoNetwork } from '../choices/missing-network.js';
import { type RunSettings, readRunSettings } from '../choices/run-settings.js';

/** What a ledger needs from the folder of `rheobase reproduce` or `rheobase quickstart`. */
export interface LedgerFolder {
  readonly source: Network;
  /** The stages with stored networks, in the order of the method, then the chosen network if it is not one of them. */
  readonly stages: readonly LedgerStage[];
  /** Name of the stage with the chosen network. */
  readonly chosen: string;
  /** In which order vectors that are inputs have the elements of an image, of the source and of the stages. */
  readonly vectorOrders: { readonly source: VectorOrder; readonly stages: VectorOrder };
  /** The settings in the run's result. */
  readonly settings: RunSettings;
}

/** The stages of the method in order: conversion, then METHOD §6 (a), (b), (c). */
const firstStages = ['converted', 'potentials', 'bptt', 'potentialsAgain'];
/** The last of a run's extensions, by its present and former name; it comes after all others. */
const lastStages = ['beyond', 'extensions'];

/**
 * Reads the networks of a run's folder: the source network and all spiking ones, including the chosen one.
 *
 * @throws naming the file that is missing or cannot be read.
 */
export async function readLedgerFolder(folder: string): Promise<LedgerFolder> {
  const names = await networkNames(folder);
  for (const name of ['network', 'source'] as const) {
    if (names.includes(name)) continue;
    throw new Error(
      `${folder}: it holds no ${runFileNames[name]}. A ledger needs the spiking network and its source: a folder that ` +
        `\`rheobase reproduce\` wrote, or --network FILE with --source FILE. ${await whyNoNetwork(folder)}`,
    );
  }
  const read = async (name: string) => {
    const path = networkFileOf(folder, name);
    const bytes = await readFile(path);
    return { name, bytes, network: decodeNetwork(bytes, path) };
  };
  const [network, source] = [await read('network'), await read('source')];
  const stages: (typeof network)[] = [];
  for (const name of inOrder(names.filter((other) => other !== 'network' && other !== 'source'))) {
    const stage = await read(name);
    if (!isSpiking(stage.network)) continue;
    // The last extension is also stored under its own name.
    const same = stages.findIndex(({ bytes }) => bytes.equals(stage.bytes));
    if (same >= 0) stages.splice(same, 1);
    stages.push(stage);
  }
  const chosen = stages.find(({ bytes }) => bytes.equals(network.bytes)) ?? network;
  return {
    source: source.network,
    stages: stages.includes(chosen) ? stages : [...stages, chosen],
    chosen: chosen.name,
    vectorOrders: { source: 'channels-last', stages: 'channels-last' },
    settings: await readRunSettings(folder),
  };
}

async function networkNames(folder: string): Promise<readonly string[]> {
  try {
    return await networksIn(folder);
  } catch (error) {
    throw new Error(`${folder}: the folder cannot be read. Give one that \`rheobase reproduce\` wrote.`, {
      cause: error,
    });
  }
}

function inOrder(names: readonly string[]): readonly string[] {
  const known = firstStages.filter((name) => names.includes(name));
  const others = names.filter((name) => !firstStages.includes(name) && !lastStages.includes(name)).toSorted();
  return [...known, ...others, ...lastStages.filter((name) => names.includes(name))];
}
