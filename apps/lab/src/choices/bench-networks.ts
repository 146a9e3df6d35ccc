import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { BenchedNetworks } from '@rheobase/bench';
import { foldBatchNorm, toSpiking } from '@rheobase/converter';
import { sitesWithoutThreshold } from '@rheobase/experiments';
import { existingFile, networkFileOf, type Registries, runFiles, vectorOrderOf } from '@rheobase/experiments/node';
import type { Network, NetworkNode } from '@rheobase/network';
import { isIntegerNetwork, isSpiking, modelSpec, parseJson, withoutUnusedParameters } from '@rheobase/network';
import { readText } from '@rheobase/network/node';
import { type ImageOptions, takingChosenImages } from './bench-images.js';
import { networkAt, networkFile } from './network-choice.js';
import { classifierFamily } from './network-task.js';

/**
 * The networks of a folder that `reproduce`, `calibrate` or `finetune` wrote; a quantized network is converted directly. From a folder of `reproduce`
 * it takes the network after stage II, as extensions may have other neuron models.
 *
 * @throws naming the file if it cannot be read, or is not a network that can be compared.
 */
export async function networksOfFolder(
  path: string,
  options: ImageOptions,
  registries: Registries,
): Promise<BenchedNetworks> {
  const file = (await stageTwoFile(path)) ?? (await networkFile(path));
  const given = await chosenFor(file, options, registries);
  if (isIntegerNetwork(given)) {
    throw new Error(`${file} is an integer network; the benchmark makes one itself. Give the network in float32.`);
  }
  const alreadySpikes = isSpiking(given);
  const spiking = alreadySpikes
    ? given
    : toSpiking(foldBatchNorm(given), { neurons: registries.neurons, conversions: registries.siteConversions });
  const beside = file === path ? undefined : existingFile(runFiles(path).source);
  return {
    label: given.metadata['model'] ?? path,
    spiking,
    source: beside !== undefined ? foldBatchNorm(await chosenFor(beside, options, registries)) : withRelu(spiking),
    sourceFrom: beside !== undefined ? 'folder' : 'layers',
    registries,
  };
}

/** The network of a file, taking the chosen images. */
async function chosenFor(file: string, options: ImageOptions, registries: Registries): Promise<Network> {
  const read = await networkAt(file, options);
  return takingChosenImages({ network: read.network, vectorOrder: vectorOrderOf(read) }, options, registries);
}

/** An analog network whose sites have no thresholds of their own, as other programs write them; undefined for any other. */
export async function plainNetwork(
  path: string,
  options: ImageOptions,
  registries: Registries,
): Promise<{ readonly network: Network; readonly label: string } | undefined> {
  const file = (await stageTwoFile(path)) ?? (await networkFile(path));
  const network = await chosenFor(file, options, registries);
  if (isSpiking(network) || sitesWithoutThreshold(network).length === 0) return undefined;
  return { network, label: network.metadata['model'] ?? basename(path) };
}

/** The file of stage II's network according to a folder's result, if it names one; a damaged result names none. */
async function stageTwoFile(folder: string): Promise<string | undefined> {
  const text = await readText(runFiles(folder).result).catch(() => '{}');
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

/** @throws if there is no such model, or an option does not fit it. */
export function randomModel(
  name: string,
  options: Readonly<Record<string, unknown>>,
  registries: Registries,
): { readonly network: Network; readonly label: string } {
  const model = classifierFamily(name, registries);
  return { network: model.build({ seed: 0, ...options }), label: model.name };
}

/** The same layers with neurons replaced by ReLU. */
function withRelu(network: Network): Network {
  const nodes = network.nodes.map((node): NetworkNode => {
    if (node.op !== 'neuron') return node;
    return { op: 'activation', name: node.name, inputs: node.inputs, activation: modelSpec('relu') };
  });
  return withoutUnusedParameters({ ...network, nodes });
}
