import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { ReadNirOptions } from '@rheobase/interop/nir';
import { fromNetwork, importOnnx, type OnnxPort, toNetwork } from '@rheobase/interop';
import { decodeNetwork, inferShapes, type Network, otherThan, recognizeFile, shapeAt } from '@rheobase/network';
import { fileReason } from '@rheobase/network/node';
import { existingFile, runFileNames, runFiles } from '../folder/run-files.js';
import { withClassOutput } from './class-output.js';

/** An input or output of a network as its file has it. */
export interface NetworkPort {
  readonly name: string;
  /** In the file; the first axis is the batch, and a dimension may have a name in place of a size. */
  readonly shape: readonly (number | string)[];
  /** Of one sample, in the file's axes. */
  readonly sampleShape: readonly number[];
  /** The network's node; undefined for an input that no output depends on. */
  readonly node: string | undefined;
  /** Samples in the layout of the file, one after another, in that of the network. */
  readonly toNetwork: (values: ArrayLike<number>) => Float32Array;
  /** Samples in the layout of the network in that of the file. */
  readonly fromNetwork: (values: ArrayLike<number>) => Float32Array;
}

/** A node of the file, and the nodes of the network that compute it. */
export interface NetworkFileNode {
  readonly node: string;
  readonly operator: string;
  readonly becomes: readonly string[];
}

/** A network, and what its file says of it. */
export interface NetworkOfFile {
  readonly network: Network;
  /** The file that was read: of a run's folder, that of its network. */
  readonly file: string;
  readonly format: NetworkFormat;
  readonly inputs: readonly NetworkPort[];
  readonly outputs: readonly NetworkPort[];
  /** How many operators of each type the file has. */
  readonly operators: Readonly<Record<string, number>>;
  /** In the order of the file; none of a NIR file, whose nodes keep their names. */
  readonly nodes: readonly NetworkFileNode[];
  /** What was decided in reading it that the file leaves open, in sentences. */
  readonly notes: readonly string[];
}

export type NetworkFormat = 'rheobase' | 'onnx' | 'nir';

export interface NetworkFileOptions {
  /** Height and width of images whose size the file leaves open. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** The one output, by its name in the file, that the network is to have, such as that of its classes. Default: all. */
  readonly output?: string | undefined;
  /** What NIR leaves open, or other programs do otherwise. */
  readonly nir?: ReadNirOptions | undefined;
}

/**
 * Reads a network from any file that holds one, by its content: a file that rheobase wrote, the folder of a run, an ONNX model with its external data next
 * to it, or a NIR file.
 *
 * @throws {OnnxRefusal} naming every operator that cannot be read; an error naming the file if it cannot be read, holds no network, or has no such output.
 */
export async function readNetworkOf(path: string, options: NetworkFileOptions = {}): Promise<NetworkOfFile> {
  const read = await wholeNetworkOf(path, options);
  return options.output === undefined ? read : withClassOutput(read, options.output);
}

async function wholeNetworkOf(path: string, options: NetworkFileOptions): Promise<NetworkOfFile> {
  const file = await fileOf(path);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`${file}: the network cannot be read (${fileReason(error)}).`, { cause: error });
  });
  const other = otherThan(
    bytes,
    ['network', 'onnx', 'hdf5'],
    'a network that rheobase wrote, an ONNX model or a NIR file',
  );
  if (other !== undefined) throw new Error(`${file}: ${other}`);
  const kind = recognizeFile(bytes)?.kind;
  const [, named] = /\.(onnx|nir)$/i.exec(file) ?? [];
  if (kind === undefined && named !== undefined) {
    const what = named.toLowerCase() === 'onnx' ? 'an ONNX model' : 'a NIR file';
    throw new Error(`${file}: its name says ${what}, but its content is none. It may be damaged or cut off.`);
  }
  if (kind === 'hdf5') return nirNetwork(bytes, file, options);
  return kind === 'onnx' ? onnxNetwork(bytes, file, options) : ownNetwork(bytes, file);
}

async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return path;
  const file = existingFile(runFiles(path).network);
  if (file === undefined) throw new Error(`${path}: it holds no ${runFileNames.network}.`);
  return file;
}

function onnxNetwork(bytes: Uint8Array, file: string, { size }: NetworkFileOptions): NetworkOfFile {
  const { inputs, outputs, ...imported } = importOnnx(bytes, file, {
    readExternal: externalOf(file),
    ...(size !== undefined && { size: [size.height, size.width] as const }),
  });
  return { ...imported, file, format: 'onnx', inputs: inputs.map(portOf), outputs: outputs.map(portOf), notes: [] };
}

function portOf(port: OnnxPort): NetworkPort {
  const { name, shape, sampleShape, node } = port;
  return {
    name,
    shape,
    sampleShape,
    node,
    toNetwork: (values) => toNetwork(port, values),
    fromNetwork: (values) => fromNetwork(port, values),
  };
}

/** Reads the files that a model names, which lie next to it or below. */
function externalOf(file: string): (location: string) => Uint8Array {
  return (location) => {
    if (isAbsolute(location) || /^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\0/.test(location)) {
      throw new Error(
        `its data are in ${JSON.stringify(location)}, which leads out of its folder; put the file next to it`,
      );
    }
    const path = join(dirname(file), location);
    try {
      return readFileSync(path);
    } catch (error) {
      throw new Error(`its data are in ${path}, which cannot be read (${fileReason(error)})`, { cause: error });
    }
  };
}

async function nirNetwork(bytes: Uint8Array, file: string, { nir = {} }: NetworkFileOptions): Promise<NetworkOfFile> {
  // HDF5 takes long to load, and other files do without.
  const { readNir } = await import('@rheobase/interop/nir');
  const { network, report } = await readNir(bytes, file, nir);
  const rules = new Map<string, number>();
  for (const { fires, reset, by } of report.neurons) {
    const fire = fires === 'above' ? 'fire above their threshold' : 'fire at their threshold';
    const back = reset === 'hard' ? 'are set to their reset value' : 'have their threshold subtracted';
    const rule = `${fire} (by ${wordOf(by.fires)}) and ${back} (by ${wordOf(by.reset)})`;
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  return {
    network,
    file,
    format: 'nir',
    ...portsOf(network, 'channels-first'),
    operators: report.primitives,
    nodes: [],
    notes: [
      ...[...rules].map(([rule, count]) => `the neurons of ${count} node${count === 1 ? '' : 's'} ${rule}`),
      ...report.notes,
    ],
  };
}

const wordOf = (word: 'option' | 'metadata' | 'NIR'): string =>
  ({ option: 'an option', metadata: 'the file’s metadata', NIR: 'NIR’s equations' })[word];

function ownNetwork(bytes: Uint8Array, file: string): NetworkOfFile {
  const network = decodeNetwork(bytes, file);
  const { inputs, outputs } = portsOf(network, 'channels-last');
  const operators = new Map<string, number>();
  for (const { op } of network.nodes) operators.set(op, (operators.get(op) ?? 0) + 1);
  return {
    network,
    file,
    format: 'rheobase',
    inputs,
    outputs,
    operators: Object.fromEntries([...operators].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    nodes: network.nodes.map(({ name, op }) => ({ node: name, operator: op, becomes: [name] })),
    notes: [],
  };
}

/** The inputs and outputs of a network, its images with their channels first or last. */
function portsOf(
  network: Network,
  layout: 'channels-first' | 'channels-last',
): Pick<NetworkOfFile, 'inputs' | 'outputs'> {
  const shapes = inferShapes(network);
  const named = (op: 'input' | 'output'): readonly NetworkPort[] =>
    network.nodes
      .filter((node) => node.op === op)
      .map(({ name }) => {
        const own = shapeAt(shapes, name);
        const [height = 1, width = 1, channels = 1] = own;
        const moves = layout === 'channels-first' && own.length === 3;
        const sampleShape = moves ? [channels, height, width] : own;
        const order = moves ? placesOf(height * width, channels) : undefined;
        const same = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);
        return {
          name,
          shape: ['N', ...sampleShape],
          sampleShape,
          node: name,
          toNetwork: order === undefined ? same : (values) => moved(values, order, 'from'),
          fromNetwork: order === undefined ? same : (values) => moved(values, order, 'to'),
        };
      });
  return { inputs: named('input'), outputs: named('output') };
}

/** For every element of an image with its channels last, where it is in one with its channels first. */
function placesOf(pixels: number, channels: number): Int32Array {
  return Int32Array.from({ length: pixels * channels }, (_, k) => (k % channels) * pixels + Math.floor(k / channels));
}

function moved(values: ArrayLike<number>, order: Int32Array, places: 'from' | 'to'): Float32Array {
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += order.length) {
    order.forEach((place, k) => {
      const [from, to] = places === 'from' ? [place, k] : [k, place];
      result[start + to] = values[start + from] ?? 0;
    });
  }
  return result;
}
