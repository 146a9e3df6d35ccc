import { basename, dirname, resolve } from 'node:path';
import { normalizationIn } from '@rheobase/datasets';
import type { ModelFamily } from '@rheobase/models';
import { isSpiking } from '@rheobase/network';
import type { Registries } from '../../registries.js';
import type { VectorOrder } from '../../image-input.js';
import { type NetworkOfFile, readNetworkOf } from '../reading/network-of-file.js';

/** The network of a file as a model. */
export interface FileModel extends ModelFamily {
  /** In which order a vector that is its input has the elements of an image. */
  readonly vectorOrder: VectorOrder;
}

/** In which order a vector that is a file's input has the elements of an image: as images of its format have their axes. */
export function vectorOrderOf({ format }: Pick<NetworkOfFile, 'format'>): VectorOrder {
  return format === 'rheobase' ? 'channels-last' : 'channels-first';
}

/** The same of a model, which has channels last unless it is a file's. */
export function vectorOrderOfModel(family: ModelFamily | FileModel): VectorOrder {
  return 'vectorOrder' in family ? family.vectorOrder : 'channels-last';
}

/** The path of the network that an experiment starts from, as its file has it: `network: { source: { kind: file, path: mine.onnx } }`. */
function pathIn(value: unknown): string | undefined {
  const source = sourceIn(value);
  const path = fieldOf(source, 'path');
  return fieldOf(source, 'kind') === 'file' && typeof path === 'string' ? path : undefined;
}

const sourceIn = (value: unknown): unknown => fieldOf(fieldOf(value, 'network'), 'source');

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** An experiment with the name of its network's file as that of its model, if it starts from a file. */
export function withFileModel(value: unknown): unknown {
  const [path, network] = [pathIn(value), fieldOf(value, 'network')];
  if (path === undefined || fieldOf(network, 'model') !== undefined) return value;
  if (typeof value !== 'object' || typeof network !== 'object') return value;
  return { ...value, network: { ...network, model: basename(path) } };
}

/**
 * The registries with the network of a file as a model of the file's name, if the experiment starts from one.
 *
 * @param file of the experiment, from whose folder the path is
 * @throws naming the experiment's file, if the network cannot be read, has no such output, is spiking, or neither it nor the experiment states a normalization.
 */
export async function withFileSource(value: unknown, file: string, known: Registries): Promise<Registries> {
  const path = pathIn(value);
  if (path === undefined) return known;
  const name = basename(path);
  try {
    const output = fieldOf(sourceIn(value), 'output');
    const options = typeof output === 'string' ? { output } : {};
    const { network, format } = await readNetworkOf(resolve(dirname(file), path), options);
    if (isSpiking(network)) throw new Error(`${path}: it is a spiking network; experiments start from analog ones.`);
    const normalization = normalizationIn(network.metadata);
    if (normalization === undefined && fieldOf(fieldOf(value, 'data'), 'normalization') === undefined) {
      throw new Error(`${path} does not say how its inputs are normalized: give data.normalization.`);
    }
    const family: FileModel = {
      name,
      summary: `the network of ${name}`,
      source: path,
      options: {},
      normalization: normalization ?? '',
      build: () => network,
      vectorOrder: vectorOrderOf({ format }),
    };
    return { ...known, models: known.models.with([name, family]) };
  } catch (error) {
    throw new Error(`${file}: network.source: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
