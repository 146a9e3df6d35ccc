import type { Network, NetworkNode, Padding, Pair, Parameter, ParameterRole, Shape } from '@rheobase/network';
import {
  assertValid,
  float32Parameter,
  growingShapes,
  NetworkError,
  otherThan,
  ownValue,
  readingLimits,
  shortName,
  shapeAt,
} from '@rheobase/network';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from './model.js';
import { decodeModel, ownProducer } from './model.js';
import { elementCount, floatsOf, permuted, wholesOf } from './tensor.js';

/**
 * Reads an ONNX model that `encodeOnnx` wrote. The network computes the same; an activation `qcfs` comes back as `quant-clip`, which is
 * the same in inference, θ as |θ|, and a `flatten` or `reshape` that changed nothing as a `reshape`.
 *
 * @param source the file's name, for messages
 * @throws naming `source` and the operator at fault, if the model has operators, or operators in an order, that `encodeOnnx` does
 *   not write; if a constant's elements are in another file; or if the network is not well-formed.
 */
export function decodeOnnx(bytes: Uint8Array, source: string): Network {
  const other = otherThan(bytes, ['onnx'], 'an ONNX model');
  if (other !== undefined) throw new Error(`${source}: ${other}`);
  const model = decodeModel(bytes, source);
  try {
    return networkOf(model);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${source}: ${reason}${foreignNote(model, reason)}`, { cause: error });
  }
}

/** Why a model cannot be read that another program wrote; nothing to say of one that `encodeOnnx` wrote. */
function foreignNote({ producer: name }: OnnxModel, reason: string): string {
  if (name === ownProducer) return '';
  const by = name === '' ? 'another program' : `'${shortName(name)}'`;
  return `${/[.!?]$/.test(reason) ? '' : '.'} The model was written by ${by}; only ONNX models that rheobase exported are supported.`;
}

/** Elements of a tensor with a number or two for each axis. */
const longestSetting = 2 * readingLimits.dimensions;

const toChannelsFirst = '0,3,1,2';
const toChannelsLast = '0,2,3,1';

function networkOf(model: OnnxModel): Network {
  const tensors = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const nodes: NetworkNode[] = [];
  const parameters = new Map<string, Parameter>();
  const shapes = growingShapes(parameters);
  /** How the constants were read that are parameters by now. */
  const readAs = new Map<string, string>();
  /** The network's node that has a value of the model. */
  const sources = new Map<string, string>();
  let at = 0;

  const inputNames = new Set(model.inputs.map(({ name }) => name));
  /** The operators that put a value's channels first, by the value. */
  const toFirst = new Map<string, OnnxNode>();
  for (const node of model.nodes) {
    const [read = ''] = node.inputs;
    if (inputNames.has(read) && !toFirst.has(read) && permOf(node) === toChannelsFirst) toFirst.set(read, node);
  }
  if (model.nodes.length > readingLimits.nodes) {
    throw new Error(`it has ${model.nodes.length} operators; at most ${readingLimits.nodes} are read`);
  }

  for (const { name, shape } of model.inputs) {
    const own = shape.slice(1).map((size) => {
      if (typeof size !== 'number')
        throw new Error(`input '${name}' has the dimension ${size}; only the first may have a name`);
      return size;
    });
    const transposed = toFirst.get(name);
    if (transposed !== undefined) sources.set(outputOf(transposed), name);
    sources.set(name, name);
    const [channels = 1, height = 1, width = 1] = own;
    add({
      op: 'input',
      name,
      inputs: [],
      shape: own.length === 3 && transposed === undefined ? [height, width, channels] : own,
    });
  }
  while (at < model.nodes.length) {
    const first = operator(0);
    if (first === undefined) break;
    if (permOf(first) === toChannelsFirst && inputNames.has(first.inputs[0] ?? '')) {
      at += 1;
      continue;
    }
    const { node, operators } = understood(first);
    const last = operator(operators - 1) ?? first;
    add(node);
    sources.set(outputOf(last), node.name);
    at += operators;
  }
  return assertValid({ nodes, parameters, metadata: { ...model.metadata } });

  function add(node: NetworkNode): void {
    nodes.push(node);
    shapes.add(node);
  }

  /** The operator some places after the present one. */
  function operator(ahead: number): OnnxNode | undefined {
    return model.nodes[at + ahead];
  }

  /** Whether the operators from here on are of these types, each reading the one before. */
  function isChain(...types: readonly string[]): boolean {
    return types.every((type, ahead) => {
      const [now, before] = [operator(ahead), operator(ahead - 1)];
      return now?.type === type && (ahead === 0 || (before !== undefined && now.inputs[0] === outputOf(before)));
    });
  }

  function fail(node: OnnxNode, message: string): never {
    throw new Error(`operator '${node.name}' (${node.type}): ${message}`);
  }

  function tensorAt(node: OnnxNode, input: number): OnnxTensor {
    const name = node.inputs[input] ?? '';
    return tensors.get(name) ?? fail(node, `its input ${input}, '${name}', is not a constant of the model`);
  }

  function floats(node: OnnxNode, input: number): readonly number[] {
    return [...floatsOf(shortTensor(node, input))];
  }

  function wholes(node: OnnxNode, input: number): readonly number[] {
    return wholesOf(shortTensor(node, input));
  }

  /** One that holds sizes, factors or places along a few axes. */
  function shortTensor(node: OnnxNode, input: number): OnnxTensor {
    const tensor = tensorAt(node, input);
    const count = elementCount(tensor);
    return count <= longestSetting
      ? tensor
      : fail(node, `its input ${input}, '${tensor.name}', has ${count} elements, far more than it can use`);
  }

  function single(node: OnnxNode, input: number): number {
    const [value, ...more] = floats(node, input);
    return value === undefined || more.length > 0 ? fail(node, `its input ${input} must be one number`) : value;
  }

  /** Makes a parameter of a constant, once, and gives its name. */
  function parameter(node: OnnxNode, input: number, role: ParameterRole, axes?: readonly number[]): string {
    const tensor = tensorAt(node, input);
    const reading = `${role} ${axes?.join() ?? ''}`;
    const before = readAs.get(tensor.name);
    if (before !== undefined && before !== reading) {
      return fail(node, `its constant '${tensor.name}' is read as a ${before.split(' ')[0]} and as a ${role}`);
    }
    if (before !== undefined) return tensor.name;
    readAs.set(tensor.name, reading);
    const data = floatsOf(tensor);
    const moved = axes === undefined ? { shape: tensor.shape, data } : permuted(data, tensor.shape, axes);
    const [rows, columns, channels = 1] = moved.shape;
    const shape: Shape = moved.shape.length === 3 && rows === 1 && columns === 1 ? [channels] : moved.shape;
    parameters.set(tensor.name, float32Parameter(role, shape, moved.data));
    return tensor.name;
  }

  /** One that applies element by element: an image's stands channels first. */
  function elementwise(node: OnnxNode, input: number, role: ParameterRole): string {
    return parameter(node, input, role, tensorAt(node, input).shape.length === 3 ? [1, 2, 0] : undefined);
  }

  function source(node: OnnxNode, input = 0): string {
    const name = node.inputs[input] ?? '';
    return sources.get(name) ?? fail(node, `its input '${name}' is not an earlier value of the model`);
  }

  function shapeBefore(node: OnnxNode): Shape {
    if (shapes.problems.length > 0) throw new NetworkError(shapes.problems);
    return shapeAt(shapes.shapes, source(node));
  }

  /** The node that the operators from here on compute, and how many of them do. */
  function understood(first: OnnxNode): { readonly node: NetworkNode; readonly operators: number } {
    const inputs = () => [source(first)] as const;
    const named = (operators: number): { readonly name: string; readonly inputs: readonly [string] } => ({
      name: outputOf(operator(operators - 1) ?? first),
      inputs: inputs(),
    });
    const alone = (node: NetworkNode) => ({ node, operators: 1 });
    switch (first.type) {
      case 'Conv':
        return alone({
          op: 'conv2d',
          ...named(1),
          weight: parameter(first, 1, 'weight', [2, 3, 1, 0]),
          ...(first.inputs.length > 2 && { bias: parameter(first, 2, 'bias') }),
          stride: pair(first, 'strides'),
          padding: padding(first),
          dilation: pair(first, 'dilations'),
          groups: integer(first, 'group', 1),
        });
      case 'Gemm':
        return alone({
          op: 'dense',
          ...named(1),
          weight: parameter(first, 1, 'weight'),
          ...(first.inputs.length > 2 && { bias: parameter(first, 2, 'bias') }),
        });
      case 'BatchNormalization':
        return alone({
          op: 'batchNorm',
          ...named(1),
          scale: parameter(first, 1, 'scale'),
          offset: parameter(first, 2, 'bias'),
          mean: parameter(first, 3, 'statistic'),
          variance: parameter(first, 4, 'statistic'),
          epsilon: float(first, 'epsilon', 1e-5),
        });
      case 'Relu':
      case 'LeakyRelu':
      case 'Clip':
      case 'Mul':
        return activation(first, named);
      case 'AveragePool':
      case 'MaxPool': {
        const window = { size: pair(first, 'kernel_shape'), stride: pair(first, 'strides'), padding: padding(first) };
        if (first.type === 'MaxPool') return alone({ op: 'maxPool', ...named(1), ...window });
        const divisor = integer(first, 'count_include_pad', 0) === 1 ? 'window' : 'inside';
        return alone({ op: 'avgPool', ...named(1), ...window, divisor });
      }
      case 'GlobalAveragePool':
        if (!isChain('GlobalAveragePool', 'Flatten')) return fail(first, 'no Flatten reads it next');
        return { node: { op: 'globalAvgPool', ...named(2) }, operators: 2 };
      case 'Add':
      case 'Sum':
      case 'Concat': {
        const name = outputOf(first);
        const all = first.inputs.map((_, input) => source(first, input));
        return alone(first.type === 'Concat' ? { op: 'concat', name, inputs: all } : { op: 'add', name, inputs: all });
      }
      case 'Slice':
        return alone(first.inputs.length > 4 ? subsample(first) : split(first));
      case 'Resize': {
        const [, , rows = 1, columns = 1] = floats(first, 2);
        const method = attribute(first, 'mode') === 'linear' ? 'bilinear' : 'nearest';
        return alone({ op: 'upsample', ...named(1), factor: [rows, columns], method });
      }
      case 'DepthToSpace':
        if (attribute(first, 'mode') === 'CRD') return fail(first, 'its mode CRD is not one that encodeOnnx writes');
        return alone({ op: 'depthToSpace', ...named(1), block: integer(first, 'blocksize', 1) });
      case 'Pad': {
        const [, before = 0, top = 0, left = 0, , after = 0, bottom = 0, right = 0] = wholes(first, 1);
        return alone({ op: 'pad', ...named(1), padding: { top, bottom, left, right }, channels: { before, after } });
      }
      case 'Identity':
        return alone(
          outputs.has(outputOf(first))
            ? { op: 'output', ...named(1) }
            : { op: 'reshape', ...named(1), shape: shapeBefore(first) },
        );
      case 'Reshape':
      case 'Transpose':
        return rearrangement(first, named);
      default:
        return fail(first, 'this operator is none that encodeOnnx writes');
    }
  }

  type Named = (operators: number) => { readonly name: string; readonly inputs: readonly [string] };

  function activation(first: OnnxNode, named: Named): { readonly node: NetworkNode; readonly operators: number } {
    const site = (
      operators: number,
      kind: string,
      attributes: Readonly<Record<string, number>> = {},
      threshold?: string,
    ): { readonly node: NetworkNode; readonly operators: number } => ({
      node: {
        op: 'activation',
        ...named(operators),
        activation: { kind, attributes, parameters: threshold === undefined ? {} : { threshold } },
      },
      operators,
    });
    const grid = ['Mul', 'Div', 'Add', 'Floor', 'Clip', 'Div', 'Mul'] as const;
    const onGrid = (ahead: number, kind: string, attributes: Readonly<Record<string, number>> = {}) => {
      const [multiply, divide] = [operator(ahead) ?? first, operator(ahead + 1) ?? first];
      return site(
        ahead + grid.length,
        kind,
        { levels: single(multiply, 1), ...attributes },
        elementwise(divide, 1, 'threshold'),
      );
    };
    switch (first.type) {
      case 'Relu':
        return isChain('Relu', 'Min')
          ? site(2, 'clip', {}, elementwise(operator(1) ?? first, 1, 'threshold'))
          : site(1, 'relu');
      case 'LeakyRelu': {
        const slope = float(first, 'alpha', 0.01);
        const clip = operator(5);
        const isQuantized = isChain('LeakyRelu', ...grid) && clip !== undefined && single(clip, 1) < 0;
        return isQuantized ? onGrid(1, 'leaky-quant-clip', { slope }) : site(1, 'leaky-relu', { slope });
      }
      case 'Clip':
        return first.inputs[2] === `${outputOf(first)}/six`
          ? site(1, 'relu6')
          : site(1, 'clip', {}, elementwise(first, 2, 'threshold'));
      default:
        if (isChain(...grid)) return onGrid(0, 'quant-clip');
        return { node: { op: 'scale', ...named(1), factor: elementwise(first, 1, 'scale') }, operators: 1 };
    }
  }

  function subsample(node: OnnxNode): NetworkNode {
    const [rows = 1, columns = 1] = wholes(node, 4);
    return { op: 'subsample', name: outputOf(node), inputs: [source(node)], stride: [rows, columns] };
  }

  function split(node: OnnxNode): NetworkNode {
    const [[begin = 0], [end = 0]] = [wholes(node, 1), wholes(node, 2)];
    const channels = shapeBefore(node).at(-1) ?? 0;
    const sizes = [begin, end - begin, channels - end];
    return {
      op: 'split',
      name: outputOf(node),
      inputs: [source(node)],
      sizes: sizes.filter((size) => size > 0),
      part: begin > 0 ? 1 : 0,
    };
  }

  function rearrangement(first: OnnxNode, named: Named): { readonly node: NetworkNode; readonly operators: number } {
    const perm = permOf(first);
    if (isChain('Reshape', 'Transpose', 'Reshape') && permOf(operator(1))?.startsWith('0,2,1')) {
      return { node: { op: 'channelShuffle', ...named(3), groups: wholes(first, 1)[1] ?? 1 }, operators: 3 };
    }
    if (perm === toChannelsLast && isChain('Transpose', 'Flatten'))
      return { node: { op: 'flatten', ...named(2) }, operators: 2 };
    const before = perm === toChannelsLast && isChain('Transpose', 'Reshape') ? 1 : 0;
    const reshape = operator(before);
    if (reshape?.type !== 'Reshape') {
      return outputs.has(outputOf(first)) && perm === toChannelsLast
        ? { node: { op: 'output', ...named(1) }, operators: 1 }
        : fail(first, 'it is not part of a node that encodeOnnx writes');
    }
    const shape = wholes(reshape, 1).slice(1);
    const next = operator(before + 1);
    const after = permOf(next) === toChannelsFirst && next?.inputs[0] === outputOf(reshape) ? 1 : 0;
    const count = before + 1 + after;
    return { node: { op: 'reshape', ...named(count), shape }, operators: count };
  }

  function pair(node: OnnxNode, name: string): Pair {
    const [rows = 1, columns = 1] = integers(node, name);
    return [rows, columns];
  }

  function padding(node: OnnxNode): Padding {
    const [top = 0, left = 0, bottom = 0, right = 0] = integers(node, 'pads');
    return { top, bottom, left, right };
  }

  function integers(node: OnnxNode, name: string): readonly number[] {
    const value = attribute(node, name) ?? [];
    return Array.isArray(value) ? value : fail(node, `its attribute '${name}' must be a list of integers`);
  }

  function integer(node: OnnxNode, name: string, otherwise: number): number {
    const value = attribute(node, name) ?? otherwise;
    return typeof value === 'number' ? value : fail(node, `its attribute '${name}' must be an integer`);
  }

  function float(node: OnnxNode, name: string, otherwise: number): number {
    const value = attribute(node, name);
    if (value === undefined) return otherwise;
    return typeof value === 'object' && 'float' in value
      ? value.float
      : fail(node, `its attribute '${name}' must be a number`);
  }
}

function attribute(node: OnnxNode, name: string): OnnxAttribute | undefined {
  return ownValue(node.attributes, name);
}

/** The axes of a Transpose, joined by commas. */
function permOf(node: OnnxNode | undefined): string | undefined {
  const perm = node?.type === 'Transpose' ? attribute(node, 'perm') : undefined;
  return Array.isArray(perm) ? perm.join(',') : undefined;
}

function outputOf(node: OnnxNode): string {
  const [output] = node.outputs;
  if (output === undefined) throw new Error(`operator '${node.name}' (${node.type}) has no output`);
  return output;
}
