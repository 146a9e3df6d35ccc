import { readFile } from 'node:fs/promises';
import type { Network } from '@rheobase/network';
import { otherThan, readSafetensors, recognizeFile, writeSafetensors } from '@rheobase/network';
import { fileReason, writeWholeFile } from '@rheobase/network/node';
import { exportWeights } from '../export-weights.js';
import type { LoadedWeights, LoadWeightsOptions } from '../load-weights.js';
import { loadWeights } from '../load-weights.js';
import { decodeOnnx } from '../onnx/import-onnx.js';
import type { OnnxOptions } from '../onnx/encode-onnx.js';
import { encodeOnnx } from '../onnx/encode-onnx.js';
import type { WeightConvention } from '../weight-convention.js';

/** Weights that were read from a file. */
export interface LoadedWeightsFile extends LoadedWeights {
  /** What the file says of them: of a network or weights that rheobase wrote, the network's own metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Puts the weights of a safetensors file onto a network, as {@link loadWeights} does. A network file is one, too: its parameters are its
 * weights, and its nodes are not looked at.
 *
 * @throws naming the file if it cannot be read, is not well-formed, or does not fit.
 */
export async function loadWeightsFile(
  network: Network,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeightsFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`The weights file '${path}' cannot be read (${fileReason(error)}).`, { cause: error });
  });
  const other = otherThan(bytes, ['safetensors', 'network'], 'a safetensors file of weights');
  if (other !== undefined) throw new Error(`${path}: ${other}`);
  const { tensors, metadata } = readSafetensors(bytes, path);
  const isNetwork = recognizeFile(bytes)?.kind === 'network';
  try {
    return { ...loadWeights(network, tensors, { source: path, ...options }), metadata };
  } catch (error) {
    if (!isNetwork || !(error instanceof Error)) throw error;
    throw new Error(
      `${error.message}\nThis file is a network that rheobase wrote, with its architecture in it: give it with --network and no --model, ` +
        'or in a program read it with readNetworkFile.',
      { cause: error },
    );
  }
}

/**
 * Writes a network's weights to a safetensors file, with the names and layouts of `exportWeights`. The file is written completely or not
 * at all.
 *
 * @throws naming the file if it cannot be written.
 */
export async function saveWeightsFile(
  network: Network,
  path: string,
  convention: 'pytorch' | 'keras' | 'rheobase' | WeightConvention,
): Promise<void> {
  await writeWholeFile(path, writeSafetensors(exportWeights(network, convention), { ...network.metadata }));
}

/**
 * Writes a network as an ONNX file, as `encodeOnnx` does. The file appears whole or not at all.
 *
 * @throws {NetworkError} if the network has nodes without a counterpart; an error naming the file if it cannot be written.
 */
export async function writeOnnxFile(path: string, network: Network, options: OnnxOptions = {}): Promise<void> {
  await writeWholeFile(path, encodeOnnx(network, options));
}

/**
 * Reads the network of an ONNX file, of any exporter, with all its constants in it.
 *
 * @throws naming the file if it cannot be read, or with what `importOnnx` refuses.
 */
export async function readOnnxFile(path: string): Promise<Network> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`${path}: the model cannot be read (${fileReason(error)}).`, { cause: error });
  });
  return decodeOnnx(bytes, path);
}
