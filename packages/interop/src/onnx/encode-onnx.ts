import type { Conv2dNode, Network, NetworkNode, NodeOf, Padding, Parameter, Shape } from '@rheobase/network';
import {
  applyRule,
  assertValid,
  attributesOf,
  freeName,
  inferShapes,
  NetworkError,
  parameterOf,
  sameShape,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import { activationSteps } from './activation-steps.js';
import { functionSteps, pairOperators } from './function-steps.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxValue } from './model.js';
import { elementTypes, encodeModel, ownProducer } from './model.js';
import { floatTensor, permuted, wholeTensor } from './tensor.js';

/** The layout of images in the inputs and outputs of an ONNX model; inside it is always `[N, C, H, W]`. */
export type OnnxLayout = 'NHWC' | 'NCHW';

export interface OnnxOptions {
  /** Default: `NHWC`, as everywhere in this project; the model then transposes its images itself. */
  readonly layout?: OnnxLayout;
}

/** The version of ONNX' operators that are written, and of its file format. */
const opset = 17;
const irVersion = 8;

/**
 * An analog network as an ONNX model of opset 17, for other runtimes: float32, any batch size, `N` of it. Inputs, outputs and parameters keep their names.
 * `decodeOnnx` reads it back.
 *
 * An activation is composed of standard operators as it is in inference; θ is written as |θ|.
 *
 * @throws {NetworkError} naming every node that has no counterpart: neurons, nodes of integer networks, unknown activations, parameters that
 *   are not float32; or if the network is not well-formed.
 */
export function encodeOnnx(network: Network, options: OnnxOptions = {}): Uint8Array {
  assertValid(network);
  assertExpressible(network);
  return write(network, options.layout ?? 'NHWC');
}

function assertExpressible(network: Network): void {
  const shapes = inferShapes(network);
  const reasonOf = (node: NetworkNode): string | undefined => {
    const { length: axes } = shapeAt(shapes, node.name);
    const ofShape =
      axes === 1 || axes === 3
        ? undefined
        : `its value of shape [${shapeAt(shapes, node.name).join(', ')}] is neither an image nor a vector`;
    return applyRule(node, {
      input: () => ofShape && 'it is neither an image nor a vector',
      activation: ({ activation }) =>
        activationSteps(activation).kind === 'unknown'
          ? `its activation '${activation.kind}' is not known to the export`
          : undefined,
      neuron: ({ stepBias }) =>
        `a spiking neuron${stepBias === undefined ? ' has' : ` and its step bias '${stepBias}' have`} no counterpart in ONNX; export the network it was converted from`,
      plain: (plain) =>
        plain.op === 'quantize' || ('divisor' in plain && plain.divisor === 'none')
          ? 'integer networks have no counterpart in ONNX'
          : ofShape,
    });
  };
  const problems = network.nodes.flatMap((node) => {
    const message = reasonOf(node);
    return message === undefined ? [] : [{ subject: node.name, message: `(${node.op}) ${message}` }];
  });
  for (const [name, { type, role }] of network.parameters) {
    if (type !== 'float32' && role !== 'indices')
      problems.push({ subject: name, message: `it is ${type}; only float32 networks can be exported` });
  }
  if (problems.length > 0) throw new NetworkError(problems);
}

const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];
const isImage = (shape: Shape): boolean => shape.length === 3;

function write(network: Network, layout: OnnxLayout): Uint8Array {
  const shapes = inferShapes(network);
  const taken = new Set(network.nodes.map(({ name }) => name));
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const placed = new Map<string, string>();
  const valueNames = new Map<string, string>();

  for (const node of network.nodes) writeNode(node);

  const described = (op: 'input' | 'output'): readonly OnnxValue[] =>
    network.nodes.flatMap((node) => {
      if (node.op !== op) return [];
      const shape = shapeAt(shapes, node.name);
      const [height = 1, width = 1, channels = 1] = shape;
      const own = isImage(shape) && layout === 'NCHW' ? [channels, height, width] : shape;
      return [{ name: node.name, shape: ['N', ...own] }];
    });
  return encodeModel({
    irVersion,
    opset,
    producer: ownProducer,
    metadata: network.metadata,
    graph: network.metadata['model'] ?? 'network',
    nodes,
    initializers,
    inputs: described('input'),
    outputs: described('output'),
  });

  function fresh(stem: string): string {
    const name = freeName(stem, taken);
    taken.add(name);
    return name;
  }

  /** Adds an operator; its value is called `output`, or gets a generated name. */
  function emit(
    node: NetworkNode,
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = fresh(`${node.name}/${type}`),
  ): string {
    nodes.push({ type, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a tensor once; the same parameter in the same layout is shared. */
  function tensor(name: string, layoutOf: string, make: (name: string) => OnnxTensor): string {
    const key = `${layoutOf}:${name}`;
    const known = placed.get(key);
    if (known !== undefined) return known;
    const free = fresh(name);
    placed.set(key, free);
    initializers.push(make(free));
    return free;
  }

  function constants(node: NetworkNode, what: string, values: readonly number[]): string {
    return tensor(`${node.name}/${what}`, 'own', (name) => wholeTensor(name, values));
  }

  function number(node: NetworkNode, what: string, value: number): string {
    return tensor(`${node.name}/${what}`, 'own', (name) => floatTensor(name, [], [value]));
  }

  /** A parameter as it stands. */
  function plain(parameter: string): string {
    const { shape, data } = parameterOf(network, parameter);
    return tensor(parameter, 'plain', (name) => floatTensor(name, shape, data));
  }

  /** A parameter that applies element by element, laid out to broadcast to values of the given shape. */
  function elementwise(parameter: string, shape: Shape, change: (value: number) => number = (value) => value): string {
    const given: Parameter = parameterOf(network, parameter);
    const data = Float32Array.from(given.data, change);
    if (data.length === 1) return tensor(parameter, 'scalar', (name) => floatTensor(name, [], data));
    if (!isImage(shape)) return tensor(parameter, 'vector', (name) => floatTensor(name, given.shape, data));
    const full = [...Array<number>(3 - given.shape.length).fill(1), ...given.shape];
    const moved = permuted(data, full, [2, 0, 1]);
    return tensor(parameter, 'image', (name) => floatTensor(name, moved.shape, moved.data));
  }

  function writeNode(node: NetworkNode): void {
    const inputs = node.inputs.map((name) => valueNames.get(name) ?? name);
    const shape = shapeAt(shapes, node.name);
    const from = shapeAt(shapes, node.inputs[0] ?? node.name);
    valueNames.set(node.name, operators(node, inputs, shape, from));
  }

  /** Adds what computes a node, and gives the name of its value. */
  function operators(node: NetworkNode, inputs: readonly string[], shape: Shape, from: Shape): string {
    const { name } = node;
    const as = (type: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}, more: readonly string[] = []) =>
      emit(node, type, [...inputs, ...more], attributes, name);
    switch (node.op) {
      case 'input':
        return isImage(shape) && layout === 'NHWC' ? emit(node, 'Transpose', [name], { perm: toChannelsFirst }) : name;
      case 'output':
        return isImage(shape) && layout === 'NHWC' ? as('Transpose', { perm: toChannelsLast }) : as('Identity');
      case 'conv2d':
        return as('Conv', convolution(node), [
          tensor(node.weight, 'OIHW', (own) => {
            const { shape: kernel, data } = parameterOf(network, node.weight);
            const moved = permuted(data, kernel, [3, 2, 0, 1]);
            return floatTensor(own, moved.shape, moved.data);
          }),
          ...(node.bias === undefined ? [] : [plain(node.bias)]),
        ]);
      case 'dense':
        return as('Gemm', {}, [plain(node.weight), ...(node.bias === undefined ? [] : [plain(node.bias)])]);
      case 'batchNorm':
        return as(
          'BatchNormalization',
          { epsilon: { float: node.epsilon } },
          [node.scale, node.offset, node.mean, node.variance].map((parameter) => plain(parameter)),
        );
      case 'activation':
        return activation(node, inputs[0] ?? name, shape);
      case 'scale':
        return as('Mul', {}, [elementwise(node.factor, shape)]);
      case 'avgPool':
        return as('AveragePool', { ...windowOf(node), count_include_pad: node.divisor === 'window' ? 1 : 0 });
      case 'maxPool':
        return as('MaxPool', windowOf(node));
      case 'globalAvgPool':
        return emit(node, 'Flatten', [emit(node, 'GlobalAveragePool', inputs)], { axis: 1 }, name);
      case 'add':
        return as(inputs.length === 2 ? 'Add' : 'Sum');
      case 'concat':
        return as('Concat', { axis: 1 });
      case 'split': {
        const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
        return as('Slice', {}, [
          constants(node, 'starts', [begin]),
          constants(node, 'ends', [begin + (node.sizes[node.part] ?? 0)]),
          constants(node, 'axes', [1]),
        ]);
      }
      case 'channelShuffle': {
        const [height = 1, width = 1] = shape;
        const channels = shape.at(-1) ?? 1;
        const pixels = isImage(shape) ? [height, width] : [];
        const grouped = emit(node, 'Reshape', [
          ...inputs,
          constants(node, 'groups', [0, node.groups, channels / node.groups, ...pixels]),
        ]);
        const shuffled = emit(node, 'Transpose', [grouped], { perm: [0, 2, 1, ...pixels.map((_, i) => i + 3)] });
        return emit(node, 'Reshape', [shuffled, constants(node, 'shape', [0, channels, ...pixels])], {}, name);
      }
      case 'upsample': {
        const scales = tensor(`${name}/scales`, 'own', (own) => floatTensor(own, [4], [1, 1, ...node.factor]));
        return as(
          'Resize',
          node.method === 'nearest'
            ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
            : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
          ['', scales],
        );
      }
      case 'depthToSpace':
        return as('DepthToSpace', { blocksize: node.block, mode: 'DCR' });
      case 'pad': {
        const { top, bottom, left, right } = node.padding;
        const { before, after } = node.channels;
        return as('Pad', { mode: 'constant' }, [
          constants(node, 'pads', [0, before, top, left, 0, after, bottom, right]),
        ]);
      }
      case 'subsample': {
        const [height = 1, width = 1] = from;
        return as('Slice', {}, [
          constants(node, 'starts', [0, 0]),
          constants(node, 'ends', [height, width]),
          constants(node, 'axes', [2, 3]),
          constants(node, 'steps', [...node.stride]),
        ]);
      }
      case 'flatten':
      case 'reshape':
        return rearranged(node, inputs[0] ?? name, from, shape);
      case 'gather':
        return gathered(node, inputs[0] ?? name, from, shape);
      case 'function':
        return elementFunction(node, inputs[0] ?? name);
      case 'combine':
        return combined(node, inputs);
      case 'softmax':
        return as(node.log ? 'LogSoftmax' : 'Softmax', { axis: 1 });
      case 'argMax': {
        const places = emit(node, 'ArgMax', inputs, { axis: 1, keepdims: 1 });
        return emit(node, 'Cast', [places], { to: elementTypes.float32 }, name);
      }
      case 'neuron':
      case 'quantize':
        throw new NetworkError([{ subject: name, message: `(${node.op}) it has no counterpart in ONNX` }]);
    }
  }

  function activation(node: NodeOf<'activation'>, input: string, shape: Shape): string {
    const plan = activationSteps(node.activation);
    if (plan.kind === 'unknown') throw new NetworkError([{ subject: node.name, message: 'its activation is unknown' }]);
    const parameter = node.activation.parameters['threshold'];
    const isScalar = parameter !== undefined && parameterOf(network, parameter).data.length === 1;
    const steps = plan.steps(isScalar);
    let value = input;
    steps.forEach(({ type, attributes = {}, operands = [] }, at) => {
      const inputs = operands.map((operand) => {
        if (operand === 'threshold') return parameter === undefined ? '' : elementwise(parameter, shape, Math.abs);
        return number(node, operand.name, operand.value);
      });
      const last = at === steps.length - 1;
      value = emit(node, type, [value, ...inputs], attributes, last ? node.name : undefined);
    });
    return value;
  }

  /** Elements of a flattened value, their places counted with channels first. */
  function gathered(node: NodeOf<'gather'>, input: string, from: Shape, to: Shape): string {
    const { data } = parameterOf(network, node.indices);
    const [size, pixels] = [sizeOf(from), isImage(to) ? data.length / (to[2] ?? 1) : 1];
    const channels = data.length / pixels;
    const places = Array.from(data, (_, i) => {
      const place = data[isImage(to) ? (i % pixels) * channels + Math.floor(i / pixels) : i] ?? -1;
      return place < 0 ? size : placeIn(from, place);
    });
    const flat = emit(node, 'Reshape', [input, constants(node, 'flat', [0, size])]);
    const elements = places.includes(size)
      ? emit(node, 'Pad', [flat, constants(node, 'pads', [0, 0, 0, 1])], { mode: 'constant' })
      : flat;
    const taken = emit(node, 'Gather', [elements, constants(node, 'indices', places)], { axis: 1 });
    const shape = [0, ...(isImage(to) ? [channels, ...to.slice(0, 2)] : to)];
    return emit(node, 'Reshape', [taken, constants(node, 'shape', shape)], {}, node.name);
  }

  function elementFunction(node: NodeOf<'function'>, input: string): string {
    const steps = functionSteps(node.function, attributesOf(node.function, node.attributes));
    let value = input;
    steps.forEach(({ type, attributes = {}, operands = [] }, at) => {
      const read = operands.map((operand) => {
        if (operand === 'input') return input;
        return operand === undefined ? '' : number(node, `${at}/${operand}`, operand);
      });
      value = emit(node, type, [value, ...read], attributes, at === steps.length - 1 ? node.name : undefined);
    });
    return value;
  }

  function combined(node: NodeOf<'combine'>, inputs: readonly string[]): string {
    const { type, truths } = pairOperators[node.function];
    const from =
      truths === 'both' ? inputs.map((input) => emit(node, 'Cast', [input], { to: elementTypes.bool })) : inputs;
    if (truths === 'none') return emit(node, type, from, {}, node.name);
    return emit(node, 'Cast', [emit(node, type, from)], { to: elementTypes.float32 }, node.name);
  }

  function rearranged(node: NodeOf<'flatten' | 'reshape'>, input: string, from: Shape, to: Shape): string {
    if (sameShape(from, to)) return emit(node, 'Identity', [input], {}, node.name);
    const last = isImage(from) ? emit(node, 'Transpose', [input], { perm: toChannelsLast }) : input;
    if (!isImage(to)) {
      return node.op === 'flatten'
        ? emit(node, 'Flatten', [last], { axis: 1 }, node.name)
        : emit(node, 'Reshape', [last, constants(node, 'shape', [0, ...to])], {}, node.name);
    }
    const shaped = emit(node, 'Reshape', [last, constants(node, 'shape', [0, ...to])]);
    return emit(node, 'Transpose', [shaped], { perm: toChannelsFirst }, node.name);
  }

  function convolution(node: Conv2dNode): Readonly<Record<string, OnnxAttribute>> {
    const [rows = 1, columns = 1] = parameterOf(network, node.weight).shape;
    return {
      kernel_shape: [rows, columns],
      strides: node.stride,
      pads: pads(node.padding),
      dilations: node.dilation,
      group: node.groups,
    };
  }
}

/** Where an element of a value stands if images have their channels first. */
function placeIn(shape: Shape, at: number): number {
  if (!isImage(shape)) return at;
  const [height = 1, width = 1, channels = 1] = shape;
  return (at % channels) * height * width + Math.floor(at / channels);
}

const pads = ({ top, bottom, left, right }: Padding): readonly number[] => [top, left, bottom, right];

const windowOf = ({ size, stride, padding }: NodeOf<'avgPool' | 'maxPool'>) => ({
  kernel_shape: size,
  strides: stride,
  pads: pads(padding),
});
