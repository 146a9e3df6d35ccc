import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadWeightsFile } from '@rheobase/interop/node';
import { defaultModels } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { readNetworkFile } from '@rheobase/network/node';
import type { Command } from 'commander';
import { assignment } from './option-values.js';

/** Which network a command works on, as its options say. */
export interface NetworkOptions {
  readonly network?: string;
  readonly model?: string;
  readonly weights?: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
}

/** The network, and the normalisation that its inputs usually have. */
export interface ChosenNetwork {
  readonly network: Network;
  /** For messages and results: the model's name, or the file's. */
  readonly label: string;
  readonly normalization: string | undefined;
}

/** Adds the options that choose a network. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option('--model <name>', 'architecture; `rheobase models` lists them')
    .option(
      '--weights <file>',
      'safetensors file with PyTorch, Keras or Rheobase names; without it the weights are random',
    )
    .option('--model-option <name=value>', 'option of the architecture; may be given several times', assignment, {})
    .option('--network <path>', 'a network that rheobase wrote, or the folder that holds its network.safetensors');
}

/** The file of a network given by itself or by the folder it stands in. */
export async function networkFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? join(path, 'network.safetensors') : path;
}

/**
 * The network that the options choose.
 *
 * @throws if they choose none or two, or what they choose cannot be read.
 */
export async function chooseNetwork({
  network: path,
  model,
  weights,
  modelOption,
}: NetworkOptions): Promise<ChosenNetwork> {
  if ((path === undefined) === (model === undefined)) {
    throw new Error(
      path === undefined
        ? 'No network was chosen. Give --model NAME with --weights FILE, or --network FILE; `rheobase models` lists the models.'
        : 'Both --network and --model were given. A network file has its architecture in it: leave --model away.',
    );
  }
  if (path !== undefined) {
    if (weights !== undefined) {
      throw new Error('--weights goes with --model; a network file has its weights in it.');
    }
    const network = await readNetworkFile(await networkFile(path));
    return {
      network,
      label: network.metadata['model'] ?? basename(path),
      normalization: network.metadata['normalization'],
    };
  }
  const family = defaultModels.get(model ?? '');
  const built = family.build(modelOption);
  const network = weights === undefined ? built : (await loadWeightsFile(built, weights)).network;
  return { network, label: family.name, normalization: family.normalization };
}
