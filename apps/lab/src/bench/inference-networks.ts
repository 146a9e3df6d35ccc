import { existsSync } from 'node:fs';
import { foldBatchNorm, toSpiking } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { foundRunFile, networkFileOf, runFile } from '@rheobase/experiments/node';
import type { ImageBatch, Network, NetworkNode } from '@rheobase/network';
import { isIntegerNetwork, isSpiking, modelSpec, parseJson, withoutUnusedParameters } from '@rheobase/network';
import { readNetworkFile, readText } from '@rheobase/network/node';
import { networkFile } from '../choices/network-choice.js';
import { classifierFamily } from '../choices/network-task.js';
import { spikingAtRate } from './threshold-at-rate.js';

/** A spiking network, and the analog one whose layers it has. */
export interface BenchedNetworks {
  readonly label: string;
  readonly spiking: Network;
  /** Batch norms folded. */
  readonly source: Network;
  /** Whether the source network stood in the folder, or is the spiking one with ReLU in place of neurons: the same work. */
  readonly sourceFrom: 'folder' | 'layers' | 'model';
}

/**
 * The networks of a folder that `reproduce`, `calibrate` or `finetune` wrote; a quantized network is converted as it is. Of a folder
 * of `reproduce`, it is the network behind both stages that is taken, as extensions may have neurons of other kinds.
 *
 * @throws naming the file if it cannot be read, or is no network that can be compared.
 */
export async function networksOfFolder(path: string): Promise<BenchedNetworks> {
  const file = (await stageTwoFile(path)) ?? (await networkFile(path));
  const given = await readNetworkFile(file);
  if (isIntegerNetwork(given)) {
    throw new Error(`${file} is a network in whole numbers; the benchmark makes one itself. Give the one in float32.`);
  }
  const alreadySpikes = isSpiking(given);
  const spiking = alreadySpikes ? given : toSpiking(foldBatchNorm(given));
  const beside = file === path ? undefined : foundRunFile(path, 'source');
  return {
    label: given.metadata['model'] ?? path,
    spiking,
    source: beside !== undefined ? foldBatchNorm(await readNetworkFile(beside)) : withRelu(spiking),
    sourceFrom: beside !== undefined ? 'folder' : 'layers',
  };
}

/** The network that the result of a folder tells of as the one of stage II, if it tells of one; a damaged result tells of none. */
async function stageTwoFile(folder: string): Promise<string | undefined> {
  const text = await readText(runFile(folder, 'result')).catch(() => '{}');
  const chosen = ['stages', 'stage2', 'chosen'].reduce(fieldOf, parsed(text));
  const file = networkFileOf(folder, String(chosen));
  return typeof chosen === 'string' && existsSync(file) ? file : undefined;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text, 'the file');
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * A model with random weights, its thresholds set so that every layer fires at one rate on the first images.
 *
 * @throws if a layer cannot fire so often.
 */
export async function networksAtRate(
  source: Network,
  label: string,
  images: ImageBatch,
  wanted: { readonly rate: number; readonly steps: number },
): Promise<BenchedNetworks> {
  await startTensorBackend();
  const folded = foldBatchNorm(source);
  return { label, spiking: spikingAtRate(folded, firstOf(images), wanted), source: folded, sourceFrom: 'model' };
}

/** @throws if there is no such model, or an option does not fit it. */
export function randomModel(
  name: string,
  options: Readonly<Record<string, unknown>>,
): { readonly network: Network; readonly label: string } {
  const model = classifierFamily(name);
  return { network: model.build({ seed: 0, ...options }), label: model.name };
}

/** Images by which thresholds are set: enough for rates, and twice as fast as the usual batch. */
const rateImages = 16;

function firstOf({ images: data, shape }: ImageBatch): ImageBatch {
  const [count = 0, ...image] = shape;
  const taken = Math.min(count, rateImages);
  return { shape: [taken, ...image], images: data.subarray(0, (data.length / count) * taken) };
}

/** The same layers with ReLU where neurons are. */
function withRelu(network: Network): Network {
  const nodes = network.nodes.map((node): NetworkNode => {
    if (node.op !== 'neuron') return node;
    return { op: 'activation', name: node.name, inputs: node.inputs, activation: modelSpec('relu') };
  });
  return withoutUnusedParameters({ ...network, nodes });
}
