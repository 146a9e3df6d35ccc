import { readFile, stat } from 'node:fs/promises';
import { foldBatchNorm } from '@rheobase/converter';
import { activationSites, decodeNetwork, isSpiking, type Network } from '@rheobase/network';
import { fileReason } from '@rheobase/network/node';
import { fileHash } from '../folder/record.js';
import { existingFile, runFiles } from '../folder/run-files.js';
import type { KeptNetwork } from '../folder/run-folder.js';

/** What a quantized network is to be, to take the place of stage I. */
export interface WantedQuantized {
  /** Of the architecture. */
  readonly model: string;
  /** L. */
  readonly levels: number;
}

/**
 * The quantized network of a file, of the folder that `rheobase finetune` wrote it to, or of a run's folder, its batch norms folded.
 *
 * @throws naming the file, if it cannot be read; if it is of another model, has neurons, no quantized sites, or another number of levels than L.
 */
export async function quantizedNetwork(path: string, { model, levels }: WantedQuantized): Promise<KeptNetwork> {
  const file = stageOneOfRun(path) ?? (await networkIn(path));
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`The quantized network '${file}' cannot be read (${fileReason(error)}).`, { cause: error });
  });
  const network = decodeNetwork(bytes, file);
  const own = network.metadata['model'];
  if (own !== undefined && own !== model) {
    throw new Error(`${file}: it is a ${own}, but the run is of ${model}. Use one from stage I of the same model.`);
  }
  assertQuantized(network, levels, file);
  return { network: foldBatchNorm(network), sha256: await fileHash(file) };
}

/** The network of stage I in the folder of a run, whose own network is a spiking one. */
export function stageOneOfRun(path: string): string | undefined {
  return existingFile(runFiles(path).quantized);
}

async function networkIn(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true ? runFiles(path).network : path;
}

function assertQuantized(network: Network, levels: number, file: string): void {
  const sites = activationSites(network);
  if (isSpiking(network) || sites.length === 0) {
    throw new Error(`${file} is not a quantized network: it must have activations and no neurons.`);
  }
  for (const { name, activation } of sites) {
    const own = activation.attributes['levels'];
    if (own === undefined) {
      throw new Error(
        `${file}: the activation '${activation.kind}' at ${name} is not quantized; use a network from stage I.`,
      );
    }
    if (own !== levels) {
      throw new Error(
        `${file}: ${name} has ${own} levels, but the run is for ${levels}. Use one from stage I at L = ${levels}.`,
      );
    }
  }
}
