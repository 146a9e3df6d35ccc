import type { Network } from '@rheobase/network';
import { NetworkError, networkBuilder, sizeOf } from '@rheobase/network';
import { readHdf5 } from './hdf5.js';
import type { NetworkWriter } from './network-writer.js';
import { networkWriter } from './network-writer.js';
import { fieldsOf } from './nir-fields.js';
import type { NirNode } from './nir-graph.js';
import { nirGraph, passesOn } from './nir-graph.js';
import type { NirReport, ReadNirOptions } from './nir-options.js';
import { noLeak } from './nir-options.js';
import type { NirValueShape } from './nir-value.js';
import { isInNirOrder } from './nir-value.js';
import type { ReadPrimitive } from './read-layers.js';
import {
  inputShape,
  readAvgPool2d,
  readConv1d,
  readConv2d,
  readDense,
  readFlatten,
  readScale,
  readSumPool2d,
} from './read-layers.js';
import { readNeurons } from './read-neurons.js';

/** Primitives without a state, by NIR's name. */
const primitives: ReadonlyMap<string, ReadPrimitive> = new Map([
  ['Affine', readDense],
  ['Linear', readDense],
  ['Conv1d', readConv1d],
  ['Conv2d', readConv2d],
  ['SumPool2d', readSumPool2d],
  ['AvgPool2d', readAvgPool2d],
  ['Flatten', readFlatten],
  ['Scale', readScale],
]);
const known = ['Input', 'Output', ...primitives.keys(), 'IF', 'LIF', 'NIRGraph'];

/** A network that was read from a NIR file, and what was decided on the way. */
export interface ReadNir {
  readonly network: Network;
  readonly report: NirReport;
}

/**
 * Reads a NIR file (Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 2024), compressed or not, as a spiking
 * network. Node names are kept, those in nested graphs with the graph's name and a dot before. NIR's images `[C, H, W]` are `[H, W, C]` in the network.
 *
 * @param source names the file in messages
 * @throws (the promise rejects) if the file is damaged, or naming a node that is recurrent, unknown or unsuitable.
 */
export async function readNir(bytes: Uint8Array, source: string, options: ReadNirOptions = {}): Promise<ReadNir> {
  const { dt } = options;
  if (dt !== undefined && !(Number.isFinite(dt) && dt > 0))
    throw new RangeError(`dt must be above 0 seconds, not ${dt}`);
  const root = await readHdf5(bytes, source);
  const graph = nirGraph(root, (message) => {
    throw new Error(`${source}: ${message}`);
  });
  const strange = graph.nodes.filter(({ type }) => type !== passesOn && !known.includes(type));
  if (strange.length > 0) {
    const nodes = strange.map(({ name, type }) => `'${name}' (${type})`).join(', ');
    throw new Error(`${source}: has nodes that cannot be read: ${nodes}; those that can: ${known.join(', ')}`);
  }
  const build = networkBuilder();
  const writer = networkWriter(build, (name, message) => {
    throw new Error(`${source}: node '${name}': ${message}`);
  });
  const values = new Map<string, NirValueShape>();
  const neurons: NirReport['neurons'][number][] = [];
  const notes: string[] = [];
  let leaky = false;

  for (const node of graph.nodes) {
    const fields = fieldsOf(node, source);
    if (node.type === 'Input') {
      const { nir, network } = inputShape(fields);
      values.set(node.name, { node: build.input(writer.name(node.name), network), shape: nir });
      continue;
    }
    const arriving = (graph.sources.get(node.name) ?? []).map(
      (name) => values.get(name) ?? fields.fail(`it reads '${name}', which has no value`),
    );
    const value = meeting(node, arriving, writer, fields.fail);
    const primitive = primitives.get(node.type);
    if (node.type === passesOn) values.set(node.name, value);
    else if (primitive !== undefined) values.set(node.name, primitive(fields, value, writer));
    else if (node.type === 'Output')
      writeOutput(node, value, writer, notes, fields.has('shape') ? [...fields.array('shape').data] : []);
    else {
      const read = readNeurons(fields, value, writer, options);
      values.set(node.name, read.value);
      neurons.push({ node: node.name, fires: read.fires, reset: read.reset, by: read.by });
      leaky ||= node.type === 'LIF';
    }
  }
  if (dt !== undefined && !leaky) notes.push(noLeak);
  if (!graph.nodes.some(({ type }) => type === 'Output')) throw new Error(`${source}: the graph has no Output`);
  const counts = new Map<string, number>();
  for (const { type } of graph.nodes) if (type !== passesOn) counts.set(type, (counts.get(type) ?? 0) + 1);
  return {
    network: builtNetwork(build.build, source),
    report: {
      ...(graph.version !== undefined && { version: graph.version }),
      primitives: Object.fromEntries(counts),
      neurons,
      ...(leaky && dt !== undefined && { dt }),
      notes,
    },
  };
}

function builtNetwork(build: NetworkWriter['build']['build'], source: string): Network {
  try {
    return build({ source });
  } catch (error) {
    if (error instanceof NetworkError) throw new Error(`${source}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What arrives at a node: where edges meet, their sum. */
function meeting(
  node: NirNode,
  arriving: readonly NirValueShape[],
  writer: NetworkWriter,
  fail: (message: string) => never,
): NirValueShape {
  const [first, ...others] = arriving;
  if (first === undefined) return fail('no edge leads to it');
  if (others.length === 0) return first;
  const different = others.find(({ shape }) => `${shape}` !== `${first.shape}`);
  if (different !== undefined)
    fail(`values of shapes [${first.shape.join(', ')}] and [${different.shape.join(', ')}] meet at it`);
  const alike = others.every(({ image }) => `${image}` === `${first.image}`);
  const values = alike ? arriving : arriving.map((value) => writer.inNirOrder(value));
  const sum = writer.build.node({
    op: 'add',
    name: writer.name(`${node.name}.sum`),
    inputs: values.map((value) => value.node),
  });
  return { ...(values[0] ?? first), node: sum };
}

function writeOutput(
  node: NirNode,
  value: NirValueShape,
  writer: NetworkWriter,
  notes: string[],
  shape: readonly number[],
): void {
  const ordered = isInNirOrder(value) || value.image === undefined ? value : writer.inNirOrder(value);
  if (shape.length > 0 && sizeOf(shape) !== sizeOf(value.shape)) {
    notes.push(`The output '${node.name}' says [${shape.join(', ')}], but its value is [${value.shape.join(', ')}].`);
  }
  writer.build.output(writer.name(node.name), ordered.node);
}
