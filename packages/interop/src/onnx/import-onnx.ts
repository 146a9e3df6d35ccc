import type { Network, Pair, Shape } from '@rheobase/network';
import {
  assertValid,
  freeName,
  NetworkError,
  networkLimits,
  otherThan,
  readingLimits,
  shortName,
  sizeOf,
} from '@rheobase/network';
import type { Call } from './call.js';
import type { Draft } from './draft.js';
import { networkDraft } from './draft.js';
import type { OnnxLayout } from './encode-onnx.js';
import type { Placed } from './layout.js';
import { anyLayout, inLayout, reshapedTo } from './layout.js';
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.js';
import { decodeModel, elementTypes, ownProducer } from './model.js';
import { operatorOf, whyUnread } from './operators/table.js';
import { withPatterns } from './patterns.js';
import type { OnnxPort } from './ports.js';
import { hasChannelsLast, inputLayout, looksChannelsLast, ownOutputLayout } from './ports.js';
import type { RefusedNode } from './refusal.js';
import { MixesBatch, OnnxRefusal, Unreadable } from './refusal.js';
import type { ReadExternal } from './tensor.js';
import { arrayOf, elementKind } from './tensor.js';
import type { OnnxArray, OnnxValueOf, OnnxView } from './value.js';
import { inOrder, inverse, samePlaces, transposedPlaces } from './value.js';

export interface ImportOnnxOptions {
  /** Reads the bytes of another file in which the model keeps its constants, by the location that it names. Default: such a model is refused. */
  readonly readExternal?: ReadExternal;
  /** Rows and columns of images whose size the file leaves open. */
  readonly size?: Pair;
}

/** An operator of the file, and the network's nodes that compute it: none, if it is a constant or only another view of a value. */
export interface OnnxNodeReport {
  readonly node: string;
  readonly operator: string;
  readonly becomes: readonly string[];
}

export interface ImportedOnnx {
  readonly network: Network;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** How many operators of each type the file has. */
  readonly operators: Readonly<Record<string, number>>;
  /** In the order of the file; operators that are read as one have the name of the last. */
  readonly nodes: readonly OnnxNodeReport[];
}

/**
 * The network that an ONNX model computes for one sample: opsets 6 to 22. Constants are folded, and whatever only moves elements is no node where it
 * can be avoided.
 *
 * The first axis of every input is the batch. A model that fixes a batch of several samples is read as one of one sample; where it mixes the samples, all
 * of them are the one sample of the network.
 *
 * @param source the file's name, for messages
 * @throws {OnnxRefusal} naming every operator without a counterpart; an error that names `source` if the bytes are no ONNX model, an input leaves a
 *   size open, or the opset is another.
 */
export function importOnnx(bytes: Uint8Array, source: string, options: ImportOnnxOptions = {}): ImportedOnnx {
  const other = otherThan(bytes, ['onnx'], 'an ONNX model');
  if (other !== undefined) throw new Error(`${source}: ${other}`);
  const model = decodeModel(bytes, source);
  try {
    return read(model, source, options);
  } catch (error) {
    if (error instanceof OnnxRefusal) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${source}: ${reason}`, { cause: error });
  }
}

/**
 * The network of {@link importOnnx} alone; of a model that `encodeOnnx` wrote, the network that it was made of, but for nodes that only move elements.
 * Of other models, only {@link importOnnx} says in which order inputs and outputs have their elements.
 */
export function decodeOnnx(bytes: Uint8Array, source: string): Network {
  return importOnnx(bytes, source).network;
}

const [oldest, newest] = [6, 22];

function read(model: OnnxModel, source: string, options: ImportOnnxOptions): ImportedOnnx {
  const { opset } = model;
  if (opset < oldest || opset > newest) {
    throw new Error(
      `its operators are of ONNX' opset ${opset}; ${oldest} to ${newest} are read. Export it with another opset_version`,
    );
  }
  if (model.nodes.length > readingLimits.nodes) {
    throw new Error(`it has ${model.nodes.length} operators; at most ${readingLimits.nodes} are read`);
  }
  if (model.outputs.length === 0) throw new Error('it has no outputs');
  const tensors = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const inputs = model.inputs.filter(({ name }) => !tensors.has(name));
  const batch = batchOf(inputs);
  if (batch === undefined) return readAs(model, inputs, tensors, { source, options, isSample: false, batch: 1 });
  try {
    return readAs(model, inputs, tensors, { source, options, isSample: true, batch });
  } catch (error) {
    if (!(error instanceof MixesBatch)) throw error;
    return readAs(model, inputs, tensors, { source, options, isSample: false, batch: 1 });
  }
}

/** The samples that all inputs fix, 1 if they leave them open; undefined if their first axes are no batch. */
function batchOf(inputs: readonly OnnxValue[]): number | undefined {
  const sizes = new Set(inputs.map(({ shape }) => (shape.length === 0 ? 0 : isOpen(shape[0]) ? 1 : Number(shape[0]))));
  const [size = 1, ...more] = sizes;
  if (more.length > 0 || size === 0) return undefined;
  return size > 1 && inputs.some(({ shape }) => shape.length < 2) ? undefined : size;
}

const isOpen = (size: number | string | undefined): boolean => typeof size !== 'number' || size < 1;

interface Reading {
  readonly source: string;
  readonly options: ImportOnnxOptions;
  /** Whether the network is of one sample of the batch; otherwise the batch is part of its sample. */
  readonly isSample: boolean;
  readonly batch: number;
}

function readAs(
  model: OnnxModel,
  inputs: readonly OnnxValue[],
  tensors: ReadonlyMap<string, OnnxTensor>,
  { source, options, isSample, batch }: Reading,
): ImportedOnnx {
  const outputNames = new Set(model.outputs.map(({ name }) => name));
  const readExternal = options.readExternal && once(options.readExternal);
  const read = (tensor: OnnxTensor): OnnxArray => arrayOf(tensor, readExternal);
  const constants = constantsOf(model, tensors, read);
  const nodes = withPatterns(neededNodes(model), outputNames, (name) => readable(() => constants(name)));
  const draft = networkDraft(new Set([...inputs.map(({ name }) => name), ...outputNames]));
  const values = new Map<string, OnnxValueOf>();
  const uses = usesOf(nodes, outputNames);
  const refused: RefusedNode[] = [];
  const reports: OnnxNodeReport[] = [];
  /** Values of operators that are refused: what reads them is not at fault. */
  const missing = new Set<string>();

  const isRead = (name: string | undefined): boolean => name !== undefined && name !== '' && (uses.get(name) ?? 0) > 0;
  const keep = (name: string, value: OnnxValueOf): void => {
    if (!isRead(name)) return;
    values.set(name, value);
    if (value.kind === 'view') draft.hold(value.node, 1);
  };
  const release = (name: string): void => {
    const left = (uses.get(name) ?? 0) - 1;
    uses.set(name, left);
    const value = values.get(name);
    if (left > 0 || value === undefined) return;
    values.delete(name);
    if (value.kind === 'view') draft.hold(value.node, -1);
  };
  const valueOf = (name: string): OnnxValueOf | undefined => values.get(name) ?? constants(name);

  const isOwn = model.producer === ownProducer;
  const ports = inputs.map((input) => {
    const channelsLast =
      hasChannelsLast(input.name, model.nodes, input.shape) ?? (!isOwn && looksChannelsLast(input.shape));
    return addInput(draft, input, channelsLast, { isSample, options, keep });
  });
  for (const node of nodes) {
    const name = node.name === '' ? (node.outputs.find((output) => output !== '') ?? node.type) : node.name;
    const fail = (reason: string): void => {
      refused.push({
        node: name,
        operator: node.domain === undefined ? node.type : `${node.domain}.${node.type}`,
        reason,
      });
      for (const output of node.outputs) missing.add(output);
    };
    const operator = node.domain === undefined ? operatorOf(node.type) : undefined;
    if (operator === undefined) {
      fail(
        node.domain === undefined
          ? whyUnread(node.type)
          : `the operators of the domain '${shortName(node.domain)}' are not ONNX' own, and not read`,
      );
      continue;
    }
    if (node.inputs.some((input) => missing.has(input))) {
      for (const output of node.outputs) missing.add(output);
      continue;
    }
    draft.begin(name);
    try {
      const given = node.inputs.map((input) => {
        if (input === '') return undefined;
        return valueOf(input) ?? unknown(input);
      });
      for (const input of node.inputs) release(input);
      const call: Call = {
        node: { ...node, name },
        opset: model.opset,
        inputs: given,
        draft,
        isOwn,
        batch,
        reads: (output) => isRead(node.outputs[output]),
        arrayOf: read,
      };
      [operator(call)].flat().forEach((value, i) => keep(node.outputs[i] ?? '', value));
      const absent = node.outputs.find((output) => isRead(output) && !values.has(output));
      if (absent !== undefined) throw new Unreadable(`its output '${shortName(absent)}' is not read`);
      reports.push({ node: name, operator: node.type, becomes: draft.added() });
    } catch (error) {
      if (error instanceof MixesBatch) throw error;
      if (!(error instanceof Unreadable || error instanceof NetworkError)) throw error;
      fail(error.message);
    }
  }
  if (refused.length > 0) {
    const shapes = (values: readonly OnnxValue[]) => values.map(({ name, shape }) => ({ name, shape }));
    const interfaceOf = { inputs: shapes(inputs), outputs: shapes(model.outputs), operators: countsOf(model.nodes) };
    throw new OnnxRefusal(source, refused, interfaceOf);
  }
  const taken = new Set(inputs.map(({ name }) => name));
  const outputs = model.outputs.map((output) =>
    addOutput(draft, output, valueOf(output.name), {
      node: freeName(output.name, taken),
      isSample,
      ownLayout: isOwn ? ownOutputLayout(output.name, model.nodes) : undefined,
    }),
  );
  const network = assertValid(draft.finished({ ...model.metadata }));
  const names = new Set(network.nodes.map(({ name }) => name));
  return {
    network,
    inputs: ports.map((port) => ({ ...port, node: names.has(port.name) ? port.name : undefined })),
    outputs,
    operators: countsOf(model.nodes),
    nodes: reports.map(({ becomes, ...report }) => ({ ...report, becomes: becomes.filter((name) => names.has(name)) })),
  };
}

/** A file has the elements of many tensors, and is read once. */
function once(read: ReadExternal): ReadExternal {
  const files = new Map<string, Uint8Array>();
  return (location) => {
    const bytes = files.get(location) ?? read(location);
    files.set(location, bytes);
    return bytes;
  };
}

function unknown(name: string): never {
  throw new Unreadable(`its input '${shortName(name)}' is not an earlier value of the model`);
}

/** Constants by name: initializers and what `Constant` gives, each read when it is first wanted. */
function constantsOf(
  { nodes }: OnnxModel,
  tensors: ReadonlyMap<string, OnnxTensor>,
  read: (tensor: OnnxTensor) => OnnxArray,
): (name: string) => OnnxArray | undefined {
  const known = new Map<string, OnnxArray>();
  const inline = new Map(
    nodes.flatMap((node) =>
      node.type === 'Constant' && node.domain === undefined ? [[node.outputs[0] ?? '', node] as const] : [],
    ),
  );
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const tensor = tensors.get(name);
    const value = inline.get(name)?.attributes['value'];
    const found = tensor ?? (typeof value === 'object' && 'tensor' in value ? value.tensor : undefined);
    if (found === undefined) return undefined;
    const array = tensor === undefined ? { ...read(found), name: undefined } : read(found);
    known.set(name, array);
    return array;
  };
}

/** A constant, if it can be read: one that cannot is the fault of the operator that needs it. */
function readable(constant: () => OnnxArray | undefined): OnnxArray | undefined {
  try {
    return constant();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** The operators that outputs depend on. */
function neededNodes({ nodes, outputs }: OnnxModel): readonly OnnxNode[] {
  const wanted = new Set(outputs.map(({ name }) => name));
  const needed = new Set<OnnxNode>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    needed.add(node);
    for (const name of node.inputs) wanted.add(name);
  }
  return nodes.filter((node) => needed.has(node));
}

/** How often each value is read; outputs of the model are read once more. */
function usesOf(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): Map<string, number> {
  const uses = new Map<string, number>([...outputs].map((name) => [name, 1]));
  for (const { inputs } of nodes) for (const name of inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

function countsOf(nodes: readonly OnnxNode[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type } of nodes) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function addInput(
  draft: Draft,
  input: OnnxValue,
  channelsLast: boolean,
  {
    isSample,
    options,
    keep,
  }: { readonly isSample: boolean; readonly options: ImportOnnxOptions; keep(name: string, value: OnnxValueOf): void },
): OnnxPort {
  const { name } = input;
  if (input.isOpen === true) throw new Error(`input '${shortName(name)}' has no shape; export the model with one`);
  const shape = sizesOf(input, isSample, channelsLast, options.size);
  if (!(sizeOf(shape) <= networkLimits.elements)) {
    throw new Error(
      `input '${shortName(name)}' [${shape.join(', ')}] has more than ${networkLimits.elements} elements`,
    );
  }
  const layout = inputLayout(shape, isSample, channelsLast);
  draft.addInput(name, layout.shape);
  const view: OnnxView = {
    kind: 'view',
    node: name,
    shape,
    elements: elementKind(input.elementType ?? elementTypes.float32, `input '${shortName(name)}'`),
    at: inverse(layout.order),
  };
  keep(name, view);
  return { name, shape: input.shape, sampleShape: isSample ? shape.slice(1) : shape, node: name, order: layout.order };
}

/** The sizes of an input for one sample; open rows and columns are as the options say. */
function sizesOf({ name, shape }: OnnxValue, isSample: boolean, channelsLast: boolean, size: Pair | undefined): Shape {
  const rows = channelsLast ? 1 : 2;
  const isImage = shape.length === 4;
  return shape.map((side, axis) => {
    if (isSample && axis === 0) return 1;
    if (typeof side === 'number' && side >= 1) return side;
    const given = isImage ? size?.[axis - rows] : undefined;
    if (given !== undefined) return given;
    const what = typeof side === 'string' && side !== '' ? ` ('${shortName(side)}')` : '';
    throw new Error(
      `input '${shortName(name)}' [${shape.join(', ')}] leaves the size of its axis ${axis}${what} open; ` +
        (isImage && (axis === rows || axis === rows + 1)
          ? 'give the rows and columns of its images with the option size'
          : 'export the model with a fixed size'),
    );
  });
}

function addOutput(
  draft: Draft,
  output: OnnxValue,
  value: OnnxValueOf | undefined,
  {
    node,
    isSample,
    ownLayout,
  }: { readonly node: string; readonly isSample: boolean; readonly ownLayout: OnnxLayout | undefined },
): OnnxPort {
  const { name } = output;
  if (value === undefined) throw new Error(`output '${shortName(name)}' is not a value of the model`);
  if (value.kind === 'array')
    throw new Error(`output '${shortName(name)}' is a constant; it does not depend on the input`);
  draft.begin(name);
  const isBatch = isSample && value.shape[0] === 1;
  const sampleShape = isBatch ? value.shape.slice(1) : value.shape;
  const placed = placedOutput(draft, value, sampleShape, ownLayout);
  // Elements in the file's order have its rows and columns, so that a reader of the network finds them.
  const isFlat = draft.shapeOf(placed.node).length === 1 && samePlaces(placed.order, inOrder(placed.order.length));
  draft.addOutput(node, isFlat && sampleShape.length > 1 ? reshapedTo(draft, placed.node, sampleShape) : placed.node);
  return {
    name,
    shape: output.shape,
    sampleShape,
    node,
    order: placed.order,
  };
}

/**
 * The node of an output. What `encodeOnnx` wrote has the order of the network that it was made of, and a list, such as the scores of classes, that of the
 * file, because both are read without their ports; other outputs have whatever order costs nothing.
 */
function placedOutput(draft: Draft, value: OnnxView, sampleShape: Shape, ownLayout: OnnxLayout | undefined): Placed {
  const [first = 1, second = 1, third = 1] = sampleShape;
  const isImage = sampleShape.length === 3;
  if (ownLayout === 'NCHW' && isImage) {
    const order = transposedPlaces(sampleShape, [1, 2, 0]);
    return { node: inLayout(draft, value, [second, third, first], order), order };
  }
  const order = inOrder(value.at.length);
  if (ownLayout !== undefined && (isImage || sampleShape.length === 1)) {
    return { node: inLayout(draft, value, sampleShape, order), order };
  }
  const isList = sampleShape.filter((side) => side !== 1).length < 2;
  if (!isList || isWholeNode(draft, value)) return anyLayout(draft, value);
  return { node: inLayout(draft, value, [order.length], order), order };
}

/** Whether a view is a node, its elements in their order. */
const isWholeNode = (draft: Draft, { node, at }: OnnxView): boolean =>
  at.length === sizeOf(draft.shapeOf(node)) && samePlaces(at, inOrder(at.length));
