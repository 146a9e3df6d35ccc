import type { Network, NetworkNode, NeuronDefinition, NeuronNode, NodeOf, Registry, Shape } from '@rheobase/network';
import {
  assertValid,
  broadcast,
  checkModels,
  findDescribed,
  inferShapes,
  isIntegerNetwork,
  isSpiking,
  knownNeurons,
  NetworkError,
  noPadding,
  ownValue,
  parameterOf,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import { type Hdf5Value, writeHdf5 } from './hdf5.js';
import type { Term, Terms } from './nir-terms.js';
import { gainPerChannel, isWhole, selected, sumOfTerms, wholeTerm } from './nir-terms.js';
import { noLeak } from './nir-options.js';
import type { NirWriter } from './nir-writer.js';
import { floats, inNirOrder, integer, integers, nirShape, nirWriter, text } from './nir-writer.js';

export interface WriteNirOptions {
  /**
   * Where V(0) goes, for which NIR has no word: into metadata `initial_potential` (the default), which readers other than `readNir` ignore; or into a
   * bias of V(0)/T in the layer before, for readers that start at 0. The latter approximates: it comes step by step rather than at once, and is the
   * mean over a convolution's pixels.
   */
  readonly initialPotential?: 'metadata' | 'bias';
  /** T, over which a bias spreads V(0). */
  readonly steps?: number;
  /** Length of a time step in seconds; leaky neurons need it. */
  readonly dt?: number;
  /** Which neuron models there are. Default: the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

/** A written file, and what it does not say in NIR's own words. */
export interface WrittenNir {
  readonly bytes: Uint8Array;
  readonly report: {
    /** How many nodes there are of each NIR primitive. */
    readonly primitives: Readonly<Record<string, number>>;
    /** What a reader must know, in sentences. */
    readonly notes: readonly string[];
  };
}

/** What is counted on the way, for the notes. */
interface Counts {
  at: number;
  soft: number;
  starts: number;
  biases: number;
  averaged: number;
}

interface Writing {
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly values: Map<string, Terms>;
  readonly writer: NirWriter;
  readonly options: WriteNirOptions;
  readonly counts: Counts;
  /** What is added to the bias of the layer before a population: one number for each channel. */
  readonly biases: { readonly population: string; readonly of: string; readonly bias: Float64Array }[];
}

/**
 * Writes a spiking float32 network as a NIR file, gzip-compressed. What a spike is worth, θ, goes into the weights that read it, so that spikes are worth
 * one; average poolings become SumPool2d, their divisor likewise; additions are edges that meet; strides and choices of channels of shortcuts are
 * convolutions of single pixels.
 *
 * @throws {NetworkError} (the promise rejects) naming all nodes for which NIR has no word.
 */
export async function writeNir(network: Network, options: WriteNirOptions = {}): Promise<WrittenNir> {
  const { neurons = knownNeurons, initialPotential = 'metadata', steps, dt } = options;
  assertValid(network);
  checkModels(network, { neurons });
  if (initialPotential === 'bias' && !(steps !== undefined && Number.isSafeInteger(steps) && steps >= 1)) {
    throw new Error(
      'To turn V(0) into a bias, give the number of time steps it is spread over, an integer of at least 1.',
    );
  }
  if (dt !== undefined && !(Number.isFinite(dt) && dt > 0))
    throw new RangeError(`dt must be above 0 seconds, not ${dt}`);
  const refusals = refusedNodes(network, neurons, dt);
  if (refusals.length > 0) throw new NetworkError(refusals);
  const fail = (subject: string, message: string): never => {
    throw new NetworkError([{ subject, message }]);
  };
  const writing: Writing = {
    network,
    shapes: inferShapes(network),
    values: new Map(),
    writer: nirWriter(fail),
    options: { ...options, initialPotential, neurons },
    counts: { at: 0, soft: 0, starts: 0, biases: 0, averaged: 0 },
    biases: [],
  };
  for (const node of network.nodes) {
    const value = writeNode(writing, node);
    if (value !== undefined) writing.values.set(node.name, value);
  }
  for (const { population, of, bias } of writing.biases) addBias(writing, population, of, bias);
  const { writer, counts } = writing;
  const bytes = await writeHdf5(writer.graph({ generator: text('rheobase') }));
  const primitives = new Map<string, number>();
  for (const { type } of writer.nodes.values()) primitives.set(type, (primitives.get(type) ?? 0) + 1);
  const unused = dt !== undefined && !primitives.has('LIF') ? [noLeak] : [];
  return {
    bytes,
    report: { primitives: Object.fromEntries(primitives), notes: [...unused, ...notesOf(counts, steps)] },
  };
}

function refusedNodes(network: Network, neurons: Registry<NeuronDefinition>, dt: number | undefined) {
  if (!isSpiking(network)) {
    return [
      {
        subject: 'network',
        message: 'it has no neurons; convert it first (`rheobase convert`), as NIR is for spiking networks',
      },
    ];
  }
  if (isIntegerNetwork(network)) {
    return [{ subject: 'network', message: 'it computes with integers; write the float32 network it was made from' }];
  }
  return network.nodes.flatMap((node) => {
    const message =
      node.op === 'neuron'
        ? neuronRefusal(node, neurons, dt)
        : written.has(node.op)
          ? paddingRefusal(node)
          : (reasons.get(node.op) ?? `NIR has no word for '${node.op}'`);
    return message === undefined ? [] : [{ subject: node.name, message }];
  });
}

const written: ReadonlySet<string> = new Set([
  'input',
  'conv2d',
  'dense',
  'scale',
  'avgPool',
  'globalAvgPool',
  'add',
  'concat',
  'split',
  'channelShuffle',
  'pad',
  'subsample',
  'flatten',
  'reshape',
  'gather',
  'output',
]);
const reasons: ReadonlyMap<string, string> = new Map([
  ['batchNorm', 'NIR has no batch norm; fold it into the layer before it (foldBatchNorm)'],
  ['activation', 'an analog activation; convert it to a neuron first'],
  ['maxPool', 'NIR has no max pooling; use a network with average poolings'],
]);

/** Elements of a matrix of zeros and ones that stands for a gather. */
const mostOfMatrix = 2 ** 24;

function paddingRefusal(node: NetworkNode): string | undefined {
  if (node.op !== 'pad') return undefined;
  const { top, bottom, left, right } = node.padding;
  return top + bottom + left + right > 0 ? 'NIR has no padding apart from that of a convolution' : undefined;
}

function neuronRefusal(
  { neuron, stepBias }: NeuronNode,
  neurons: Registry<NeuronDefinition>,
  dt: number | undefined,
): string | undefined {
  const dynamics = findDescribed(neuron.kind, neurons)?.dynamics;
  const of = `its neuron '${neuron.kind}'`;
  if (stepBias !== undefined) {
    return `it has a step bias '${stepBias}', another one for each time step, for which NIR has no word; export the network from before ftbc`;
  }
  if (dynamics === undefined) return `${of} has a step of its own, for which NIR has no word`;
  if (dynamics.negative !== undefined) return `${of} fires negative spikes, for which NIR has no word`;
  if (dynamics.counts !== undefined) return `${of} fires several spikes in a step, for which NIR has no word`;
  if (dynamics.shift !== undefined) return `${of} adds θ/(2T) at every step, for which NIR has no word; use V(0) = θ/2`;
  if (dynamics.leak !== undefined && dt === undefined) {
    return `${of} leaks, and NIR's time constants are in seconds: give dt, the length of a time step`;
  }
  return undefined;
}

function valueOf({ values }: Writing, name: string): Terms {
  return values.get(name) ?? { shape: [], terms: [] };
}

/** NIR nodes that add up to a value. */
function nodesOf(writing: Writing, name: string, { terms, shape, image }: Terms): readonly string[] {
  return writing.writer.materialized(name, terms, shape, image);
}

/** What a layer with weights reads: the one term it takes the gain of, or nodes that add up to its input, whose gain is one. */
function readTerm(
  writing: Writing,
  name: string,
  value: Terms,
  fits: (term: Term) => boolean,
): { readonly nodes: readonly string[]; readonly gain: Float64Array } {
  const [only, ...others] = value.terms;
  if (only !== undefined && others.length === 0 && isWhole(only) && fits(only))
    return { nodes: [only.node], gain: only.gain };
  return { nodes: nodesOf(writing, name, value), gain: new Float64Array(sizeOf(value.shape)).fill(1) };
}

const perPixel = (term: Term, { shape }: Terms): boolean => gainPerChannel(term, shape.at(-1) ?? 1) !== undefined;

function writeNode(writing: Writing, node: NetworkNode): Terms | undefined {
  const { writer, shapes, network } = writing;
  const shape = shapeAt(shapes, node.name);
  const given = node.inputs.map((name) => valueOf(writing, name));
  const [value = { shape: [], terms: [] }] = given;
  const one = (name: string, image?: Shape): Terms => ({
    shape,
    terms: [wholeTerm(name, shape)],
    ...(image !== undefined && { image }),
  });
  switch (node.op) {
    case 'input':
      return one(writer.node(node.name, 'Input', [], { shape: integers(...nirShape(shape)) }));
    case 'conv2d':
      return one(writeConvolution(writing, node, value));
    case 'dense':
      return one(writeDense(writing, node, value));
    case 'neuron':
      return writeNeurons(writing, node, value);
    case 'scale': {
      const factor = broadcast(parameterOf(network, node.factor), shape);
      return {
        ...value,
        terms: value.terms.map((term) => ({ ...term, gain: term.gain.map((x, i) => x * (factor[i] ?? 0)) })),
      };
    }
    case 'avgPool':
    case 'globalAvgPool':
      return writePooling(writing, node, value, shape);
    case 'add': {
      const alike = given.every(({ image }) => `${image}` === `${value.image}`);
      if (!alike)
        throw new NetworkError([
          { subject: node.name, message: 'it adds vectors that were images of different shapes' },
        ]);
      return { ...value, terms: sumOfTerms(given) };
    }
    case 'concat': {
      let before = 0;
      const parts = given.map((part) => {
        const [from, own] = [before, part.shape.at(-1) ?? 1];
        before += own;
        return selected(
          part,
          shape,
          [1, 1],
          Int32Array.from({ length: shape.at(-1) ?? 1 }, (_, c) => (c >= from && c < from + own ? c - from : -1)),
        );
      });
      return { shape, terms: sumOfTerms(requireImages(node, parts)) };
    }
    case 'split': {
      const from = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      return channelsOf(node, value, shape, (c) => from + c);
    }
    case 'channelShuffle': {
      const each = (shape.at(-1) ?? 1) / node.groups;
      return channelsOf(node, value, shape, (c) => (c % node.groups) * each + Math.floor(c / node.groups));
    }
    case 'pad': {
      const depth = value.shape.at(-1) ?? 1;
      return channelsOf(node, value, shape, (c) =>
        c >= node.channels.before && c < node.channels.before + depth ? c - node.channels.before : -1,
      );
    }
    case 'subsample':
      return selected(
        value,
        shape,
        node.stride,
        Int32Array.from({ length: shape.at(-1) ?? 1 }, (_, c) => c),
      );
    case 'flatten':
      return writeFlatten(writing, node.name, value, shape);
    case 'reshape':
      if (shape.length === 1) return writeFlatten(writing, node.name, value, shape);
      throw new NetworkError([
        { subject: node.name, message: 'NIR can flatten a value, but not give it another shape' },
      ]);
    case 'gather':
      return writeGather(writing, node, value, shape);
    case 'output': {
      writer.node(node.name, 'Output', nodesOf(writing, node.name, value), { shape: integers(...nirShape(shape)) });
      return undefined;
    }
    default:
      throw new NetworkError([{ subject: node.name, message: `NIR has no word for '${node.op}'` }]);
  }
}

function requireImages(node: NetworkNode, values: readonly Terms[]): readonly Terms[] {
  if (values.every(({ shape }) => shape.length === 3)) return values;
  throw new NetworkError([{ subject: node.name, message: 'NIR can choose channels of images only, not of vectors' }]);
}

function channelsOf(node: NetworkNode, value: Terms, shape: Shape, source: (channel: number) => number): Terms {
  requireImages(node, [value]);
  return selected(
    value,
    shape,
    [1, 1],
    Int32Array.from({ length: shape.at(-1) ?? 1 }, (_, c) => source(c)),
  );
}

function writeConvolution(writing: Writing, node: NodeOf<'conv2d'>, value: Terms): string {
  const { network, writer } = writing;
  const weight = parameterOf(network, node.weight);
  const { nodes, gain } = readTerm(writing, node.name, value, (term) => perPixel(term, value));
  const [, , perGroup = 1, filters = 1] = weight.shape;
  const data = Float32Array.from(weight.data, (x, i) => {
    const [filter, channel] = [i % filters, Math.floor(i / filters) % perGroup];
    return x * (gain[Math.floor(filter / (filters / node.groups)) * perGroup + channel] ?? 0);
  });
  return writer.convolution(node.name, nodes, {
    input: value.shape,
    weight: { shape: weight.shape, data },
    ...(node.bias !== undefined && { bias: parameterOf(network, node.bias).data }),
    stride: node.stride,
    padding: node.padding,
    dilation: node.dilation,
    groups: node.groups,
  });
}

function writeDense(writing: Writing, node: NodeOf<'dense'>, value: Terms): string {
  const { shape, data } = parameterOf(writing.network, node.weight);
  const [inputs = 1, outputs = 1] = shape;
  const bias = node.bias === undefined ? undefined : parameterOf(writing.network, node.bias).data;
  return writeMatrix(writing, node.name, value, { inputs, outputs, data, bias });
}

interface Matrix {
  readonly inputs: number;
  readonly outputs: number;
  /** `[inputs, outputs]`, in the network's order. */
  readonly data: ArrayLike<number>;
  readonly bias?: ArrayLike<number> | undefined;
}

function writeMatrix(writing: Writing, name: string, value: Terms, { inputs, outputs, data, bias }: Matrix): string {
  const { writer } = writing;
  const { nodes, gain } = readTerm(writing, name, value, () => true);
  const weight = new Float32Array(inputs * outputs);
  for (let output = 0; output < outputs; output += 1) {
    const row = Float64Array.from({ length: inputs }, (_, i) => (data[i * outputs + output] ?? 0) * (gain[i] ?? 0));
    weight.set(inNirOrder(row, value.shape, value.image), output * inputs);
  }
  const fields = { weight: floats([outputs, inputs], weight) };
  // A layer that is to carry V(0) needs a bias.
  if (bias === undefined && writing.options.initialPotential !== 'bias') {
    return writer.node(name, 'Linear', nodes, fields);
  }
  return writer.node(name, 'Affine', nodes, { ...fields, bias: floats([outputs], bias ?? new Float32Array(outputs)) });
}

/**
 * Elements as a vector. Those of an image in NIR's own order, as a file that was read has them at its Output, are its Flatten; others are the product with a
 * matrix of zeros and ones.
 *
 * @throws {NetworkError} naming the node, if they make an image, or the matrix would be too large.
 */
function writeGather(writing: Writing, node: NodeOf<'gather'>, value: Terms, shape: Shape): Terms {
  const { network } = writing;
  const fail = (message: string): never => {
    throw new NetworkError([{ subject: node.name, message }]);
  };
  if (shape.length !== 1) return fail('NIR can choose elements of a value as a vector, but not put them into an image');
  const sources = Int32Array.from(parameterOf(network, node.indices).data);
  const [inputs, outputs] = [sizeOf(value.shape), sources.length];
  const image = value.image ?? (value.shape.length === 3 ? value.shape : undefined);
  const flat = writeFlatten(writing, `${node.name}.flat`, value, [inputs]);
  const own = inNirOrder(
    Int32Array.from({ length: inputs }, (_, i) => i),
    [inputs],
    image,
  );
  if (outputs === inputs && sources.every((from, i) => from === own[i])) {
    const terms = flat.terms.map((term) => ({
      ...term,
      from: shape,
      gain: term.gain.map((_, i) => term.gain[sources[i] ?? 0] ?? 0),
    }));
    return { shape, terms };
  }
  if (inputs * outputs > mostOfMatrix) {
    return fail(
      `choosing ${outputs} of ${inputs} elements takes a matrix, which would be too large; NIR has no other word for it`,
    );
  }
  const data = new Float32Array(inputs * outputs);
  sources.forEach((from, to) => {
    if (from >= 0) data[from * outputs + to] = 1;
  });
  const name = writeMatrix(writing, node.name, flat, { inputs, outputs, data });
  return { shape, terms: [wholeTerm(name, shape)] };
}

function writePooling(writing: Writing, node: NodeOf<'avgPool' | 'globalAvgPool'>, value: Terms, shape: Shape): Terms {
  const { writer } = writing;
  const [rows = 1, columns = 1, channels = 1] = value.shape;
  const window =
    node.op === 'avgPool'
      ? node
      : {
          size: [rows, columns] as const,
          stride: [rows, columns] as const,
          padding: noPadding,
          divisor: 'window' as const,
        };
  const { top, bottom, left, right } = window.padding;
  if (window.divisor === 'inside' && top + bottom + left + right > 0) {
    throw new NetworkError([
      {
        subject: node.name,
        message:
          'it divides by the part of a window inside the image, which differs from pixel to pixel; NIR has no word for it',
      },
    ]);
  }
  const { nodes, gain } = readTerm(writing, node.name, value, (term) => perPixel(term, value));
  const share = window.divisor === 'none' ? 1 : 1 / (window.size[0] * window.size[1]);
  const pooledShape = node.op === 'avgPool' ? shape : [1, 1, channels];
  const pool =
    top === bottom && left === right
      ? writer.node(node.name, 'SumPool2d', nodes, {
          kernel_size: integers(...window.size),
          stride: integers(...window.stride),
          padding: integers(top, left),
        })
      : writer.convolution(node.name, nodes, {
          input: value.shape,
          weight: {
            shape: [...window.size, 1, channels],
            data: new Float32Array(window.size[0] * window.size[1] * channels).fill(1),
          },
          stride: window.stride,
          padding: window.padding,
          dilation: [1, 1],
          groups: channels,
        });
  const pooled: Terms = {
    shape: pooledShape,
    terms: [
      wholeTerm(
        pool,
        pooledShape,
        Float64Array.from({ length: sizeOf(pooledShape) }, (_, i) => (gain[i % channels] ?? 0) * share),
      ),
    ],
  };
  return node.op === 'avgPool' ? pooled : writeFlatten(writing, `${node.name}.flat`, pooled, shape);
}

function writeFlatten(writing: Writing, name: string, value: Terms, shape: Shape): Terms {
  if (value.shape.length === 1) return value;
  const { nodes, gain } = readTerm(writing, name, value, () => true);
  const flat = writing.writer.node(name, 'Flatten', nodes, {
    start_dim: integer(0),
    end_dim: integer(-1),
    input_type: integers(...nirShape(value.shape)),
  });
  return { shape, image: value.shape, terms: [wholeTerm(flat, shape, gain)] };
}

function writeNeurons(writing: Writing, node: NeuronNode, value: Terms): Terms {
  const { network, writer, options, counts } = writing;
  const { neurons = knownNeurons, dt = 0 } = options;
  const dynamics = findDescribed(node.neuron.kind, neurons)?.dynamics ?? { reset: 'soft' as const };
  const part = (name: string | undefined, otherwise: number): Float64Array => {
    const key = name === undefined ? undefined : ownValue(node.neuron.parameters, name);
    if (key === undefined) return new Float64Array(sizeOf(value.shape)).fill(otherwise);
    return Float64Array.from(broadcast(parameterOf(network, key), value.shape));
  };
  const field = (elements: Float64Array): Hdf5Value =>
    floats(nirShape(value.shape), inNirOrder(elements, value.shape, value.image));
  const [threshold, start, leak] = [part('threshold', 1), part('initialPotential', 0), part(dynamics.leak, 1)];
  const keeps = leak.every((x) => x === 1);
  if (!keeps && leak.some((x) => x === 1)) {
    throw new NetworkError([
      { subject: node.name, message: 'some of its neurons leak and some do not; NIR needs a time constant of each' },
    ]);
  }
  const zeros = new Float64Array(threshold.length);
  const starts = start.some((x) => x !== 0);
  const metadata = {
    ...(dynamics.fires !== 'above' && { fires: text('at') }),
    ...(dynamics.reset === 'soft' && { reset: text('soft') }),
    ...(starts && options.initialPotential === 'metadata' && { initial_potential: field(start) }),
  };
  if (dynamics.fires !== 'above') counts.at += 1;
  if (dynamics.reset === 'soft') counts.soft += 1;
  if (starts && options.initialPotential === 'metadata') counts.starts += 1;
  const name = writer.node(
    node.name,
    keeps ? 'IF' : 'LIF',
    nodesOf(writing, node.name, value),
    {
      r: field(leak.map((x) => (keeps ? 1 : 1 / (1 - x)))),
      v_threshold: field(threshold),
      v_reset: field(zeros),
      ...(!keeps && { tau: field(leak.map((x) => dt / (1 - x))), v_leak: field(zeros) }),
    },
    metadata,
  );
  if (starts && options.initialPotential === 'bias')
    writing.biases.push({ population: name, of: node.name, bias: meanOfChannels(writing, start, value) });
  const gain = node.spikeValue === 'one' ? zeros.map(() => 1) : threshold;
  return {
    shape: value.shape,
    ...(value.image !== undefined && { image: value.image }),
    terms: [wholeTerm(name, value.shape, gain)],
  };
}

/** V(0)/T for each channel: the mean over its pixels. */
function meanOfChannels({ options, counts }: Writing, start: Float64Array, { shape, image }: Terms): Float64Array {
  const channels = shape.at(-1) ?? 1;
  const means = new Float64Array(channels);
  start.forEach((x, i) => (means[i % channels] = (means[i % channels] ?? 0) + (x * channels) / start.length));
  if (start.some((x, i) => x !== start[i % channels])) counts.averaged += 1;
  counts.biases += 1;
  const steps = options.steps ?? 1;
  return inNirOrder(
    means.map((mean) => mean / steps),
    [channels],
    image,
  );
}

/** Adds to the bias of a layer that this population alone reads. */
function addBias({ writer }: Writing, population: string, of: string, bias: Float64Array): void {
  const layer = writer.edges
    .filter(([, to]) => to === population)
    .map(([from]) => from)
    .find((from) => isLayer(writer, from) && writer.edges.filter(([source]) => source === from).length === 1);
  const found = layer === undefined ? undefined : writer.nodes.get(layer)?.fields;
  const before = found?.get('bias');
  if (found === undefined || (before !== undefined && before.kind !== 'numbers')) {
    throw new NetworkError([
      {
        subject: of,
        message: 'no layer is read by it alone that could carry its V(0) as a bias; leave V(0) in metadata',
      },
    ]);
  }
  found.set(
    'bias',
    floats(
      [bias.length],
      bias.map((x, i) => x + (before?.data[i] ?? 0)),
    ),
  );
}

const isLayer = (writer: NirWriter, name: string): boolean =>
  ['Conv2d', 'Affine'].includes(writer.nodes.get(name)?.type ?? '');

function notesOf({ at, soft, starts, biases, averaged }: Counts, steps: number | undefined): readonly string[] {
  const populations = (count: number): string => `${count} population${count === 1 ? '' : 's'}`;
  return [
    ...(at > 0
      ? [
          `${populations(at)} fire at V ≥ v_threshold, where NIR says v > v_threshold: at exact ties a reader by NIR's equations misses a spike. Metadata "fires" says "at".`,
        ]
      : []),
    ...(soft > 0
      ? [
          `${populations(soft)} reset by subtraction of v_threshold, where NIR says v = v_reset: choose it in the reader. Metadata "reset" says "soft".`,
        ]
      : []),
    ...(starts > 0
      ? [
          `${populations(starts)} start from V(0), for which NIR has no word: metadata "initial_potential" has it, which other readers ignore.`,
        ]
      : []),
    ...(biases > 0
      ? [
          `V(0) of ${populations(biases)} was turned into a bias of V(0)/${steps} in the layer before; accuracy changes.`,
        ]
      : []),
    ...(averaged > 0
      ? [`V(0) of ${populations(averaged)} differed from pixel to pixel; the bias has its mean over each channel.`]
      : []),
    'The read-out is the mean over the time steps of what reaches an Output.',
  ];
}
