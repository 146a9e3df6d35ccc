import type { Network, NetworkProblem } from './network.js';
import { NetworkError } from './network.js';
import { networkLimits } from './network-limits.js';
import type { Conv2dNode, NetworkNode, Padding, Pair } from './node.js';
import type { Parameter } from './parameter.js';
import { shortName } from './reading-limits.js';
import { unknownName } from './registry.js';
import type { Shape } from './shape.js';
import { broadcastsTo, describeShape, sameShape, sizeOf } from './shape.js';

/** Shapes of all nodes' values (without the batch), or what is wrong where. */
export interface InferredShapes {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Faults found; nodes behind a faulty one have no shape and are not reported again. */
  readonly problems: readonly NetworkProblem[];
}

class Mismatch extends Error {}

function fail(message: string): never {
  throw new Mismatch(message);
}

/** Rows (or columns) of the output of a window that slides over `length + before + after`. */
export function slidingOutput(
  length: number,
  window: number,
  stride: number,
  before: number,
  after: number,
  dilation = 1,
): number {
  const reach = (window - 1) * dilation + 1;
  return Math.floor((length + before + after - reach) / stride) + 1;
}

function image(shape: Shape, what: string): readonly [number, number, number] {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    return fail(`${what} must be an image [H, W, C], not ${describeShape(shape)}`);
  }
  return [height, width, channels];
}

function lookUp(parameters: ReadonlyMap<string, Parameter>, name: string, part: string): Parameter {
  return parameters.get(name) ?? fail(`its ${part} is the parameter '${name}', which the network does not have`);
}

function expectShape(parameters: ReadonlyMap<string, Parameter>, name: string, part: string, shape: Shape): void {
  const parameter = lookUp(parameters, name, part);
  if (!sameShape(parameter.shape, shape)) {
    fail(`its ${part} '${name}' has shape ${describeShape(parameter.shape)} where ${describeShape(shape)} is needed`);
  }
}

function expectIntegers(values: readonly number[], what: string, least: number, most: number): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < least || value > most) {
      fail(`${what} must be integers from ${least} to ${most}, not ${shortName(values.join('×'))}`);
    }
  }
}

const { elements: mostElements, extent: greatestExtent } = networkLimits;

/** Refuses what has more axes or elements than an engine can handle. */
function expectSize(shape: Shape, what: string): void {
  if (shape.length > networkLimits.axes) {
    fail(`${what} would have ${shape.length} axes; ${networkLimits.axes} are the most`);
  }
  const size = sizeOf(shape);
  if (!(size <= mostElements)) {
    fail(`${what} ${describeShape(shape)} would have ${size} elements; ${mostElements} are the most`);
  }
}

function expectPadding(padding: Padding): void {
  const { top, bottom, left, right } = padding;
  expectIntegers([top, bottom, left, right], 'its padding (top, bottom, left, right)', 0, greatestExtent);
}

function windowed(
  [height, width, channels]: readonly [number, number, number],
  size: Pair,
  stride: Pair,
  padding: Padding,
  dilation: Pair = [1, 1],
): Pair {
  expectIntegers(size, 'its window', 1, greatestExtent);
  expectIntegers(stride, 'its stride', 1, greatestExtent);
  expectIntegers(dilation, 'its dilation', 1, greatestExtent);
  expectPadding(padding);
  const padded = [height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
  expectSize(padded, 'its input with its padding');
  const rows = slidingOutput(height, size[0], stride[0], padding.top, padding.bottom, dilation[0]);
  const columns = slidingOutput(width, size[1], stride[1], padding.left, padding.right, dilation[1]);
  if (rows < 1 || columns < 1) {
    fail(`its ${size.join('×')} window does not fit into ${height}×${width} with its padding`);
  }
  return [rows, columns];
}

function convolution(node: Conv2dNode, input: Shape, parameters: ReadonlyMap<string, Parameter>): Shape {
  const [height, width, channels] = image(input, 'its input');
  const kernel = lookUp(parameters, node.weight, 'weight').shape;
  const [kernelHeight, kernelWidth, channelsPerGroup, filters] = kernel;
  if (
    kernel.length !== 4 ||
    kernelHeight === undefined ||
    kernelWidth === undefined ||
    channelsPerGroup === undefined ||
    filters === undefined
  ) {
    return fail(`its weight '${node.weight}' must be [kH, kW, Cin/groups, Cout], not ${describeShape(kernel)}`);
  }
  expectIntegers([node.groups], 'its groups', 1, mostElements);
  if (channels % node.groups !== 0 || filters % node.groups !== 0) {
    fail(`its ${channels} input and ${filters} output channels do not both divide into ${node.groups} groups`);
  }
  if (channelsPerGroup * node.groups !== channels) {
    fail(
      `its weight '${node.weight}' ${describeShape(kernel)} takes ${channelsPerGroup * node.groups} channels in ` +
        `${node.groups} group(s), but its input '${node.inputs[0]}' has ${channels}`,
    );
  }
  const [rows, columns] = windowed(
    [height, width, channels],
    [kernelHeight, kernelWidth],
    node.stride,
    node.padding,
    node.dilation,
  );
  if (node.bias !== undefined) expectShape(parameters, node.bias, 'bias', [filters]);
  return [rows, columns, filters];
}

function site(
  spec: { readonly kind: string; readonly parameters: Readonly<Record<string, string>> },
  input: Shape,
  parameters: ReadonlyMap<string, Parameter>,
): Shape {
  if (spec.kind === '') fail('its kind is empty; name a registered activation or neuron');
  for (const [part, name] of Object.entries(spec.parameters)) {
    const { shape } = lookUp(parameters, name, part);
    if (!broadcastsTo(shape, input)) {
      fail(
        `its ${part} '${name}' has shape ${describeShape(shape)}, which does not apply to ${describeShape(input)}: ` +
          'a scalar, one per channel or one per neuron is needed',
      );
    }
  }
  return input;
}

/** The shape of a value that a parameter is applied to element by element. */
function elementwise(
  part: string,
  name: string,
  input: Shape,
  parameters: ReadonlyMap<string, Parameter>,
  most: 'channels' | 'elements',
): Shape {
  const { shape } = lookUp(parameters, name, part);
  if (!broadcastsTo(shape, input) || (most === 'channels' && shape.length > 1)) {
    const needed = most === 'channels' ? 'a scalar or one per channel' : 'a scalar, one per channel or one per element';
    fail(
      `its ${part} '${name}' has shape ${describeShape(shape)}, which does not apply to ${describeShape(input)}: ` +
        `${needed} is needed`,
    );
  }
  return input;
}

function joined(inputs: readonly Shape[]): Shape {
  const first = inputs[0] ?? fail('it needs at least one input');
  const leading = first.slice(0, -1);
  for (const shape of inputs) {
    if (shape.length === 0 || !sameShape(shape.slice(0, -1), leading)) {
      fail(`its inputs ${inputs.map(describeShape).join(' and ')} differ in more than their channels`);
    }
  }
  return [...leading, inputs.reduce((channels, shape) => channels + (shape.at(-1) ?? 0), 0)];
}

function shapeOf(node: NetworkNode, inputs: readonly Shape[], parameters: ReadonlyMap<string, Parameter>): Shape {
  const input = inputs[0] ?? [];
  switch (node.op) {
    case 'input':
      expectIntegers(node.shape, 'its dimensions', 1, mostElements);
      if (node.shape.length === 0) fail('its shape is empty; an image is [H, W, C], a vector [C]');
      expectSize(node.shape, 'its value');
      return node.shape;
    case 'conv2d':
      return convolution(node, input, parameters);
    case 'dense': {
      const [width] = input;
      if (input.length !== 1 || width === undefined) {
        return fail(`its input must be a vector [C], not ${describeShape(input)}; put a flatten before it`);
      }
      const weight = lookUp(parameters, node.weight, 'weight').shape;
      const [from, to] = weight;
      if (weight.length !== 2 || from !== width || to === undefined) {
        return fail(
          `its weight '${node.weight}' has shape ${describeShape(weight)} where [${width}, outputs] is needed, ` +
            `as its input '${node.inputs[0]}' has ${width} elements`,
        );
      }
      if (node.bias !== undefined) expectShape(parameters, node.bias, 'bias', [to]);
      return [to];
    }
    case 'batchNorm': {
      const channels = input.at(-1) ?? fail('its input is a scalar');
      for (const part of ['scale', 'offset', 'mean', 'variance'] as const) {
        expectShape(parameters, node[part], part, [channels]);
      }
      if (!(Number.isFinite(Math.fround(node.epsilon)) && node.epsilon >= 0)) {
        fail(`its epsilon must be a finite float32 number of at least 0, not ${node.epsilon}`);
      }
      return input;
    }
    case 'activation':
      return site(node.activation, input, parameters);
    case 'neuron':
      return site(node.neuron, input, parameters);
    case 'quantize':
      expectIntegers([node.limit], 'its limit', 1, networkLimits.levels);
      return elementwise('step', node.step, input, parameters, 'channels');
    case 'scale':
      return elementwise('factor', node.factor, input, parameters, 'elements');
    case 'avgPool':
    case 'maxPool': {
      const shape = image(input, 'its input');
      const { top, bottom, left, right } = node.padding;
      const [rows, columns] = windowed(shape, node.size, node.stride, node.padding);
      const counted = node.op === 'avgPool' && node.divisor !== 'inside';
      if (!counted && (Math.max(top, bottom) >= node.size[0] || Math.max(left, right) >= node.size[1])) {
        fail(`its padding is as large as its ${node.size.join('×')} window, so that a window could miss the image`);
      }
      return [rows, columns, shape[2]];
    }
    case 'globalAvgPool':
      return [image(input, 'its input')[2]];
    case 'add':
      if (inputs.length < 2) fail('it adds fewer than two values');
      for (const shape of inputs) {
        if (!sameShape(shape, input)) {
          fail(
            `it adds values of different shapes: ` +
              node.inputs.map((name, i) => `'${name}' ${describeShape(inputs[i] ?? [])}`).join(', '),
          );
        }
      }
      return input;
    case 'concat':
      return joined(inputs);
    case 'split': {
      const channels = input.at(-1) ?? fail('its input is a scalar');
      expectIntegers(node.sizes, 'its sizes', 1, mostElements);
      const total = node.sizes.reduce((sum, size) => sum + size, 0);
      if (total !== channels)
        fail(`its parts ${shortName(node.sizes.join(' + '))} do not add up to ${channels} channels`);
      const size =
        node.sizes[node.part] ?? fail(`it has no part ${node.part}; its parts are 0 to ${node.sizes.length - 1}`);
      return [...input.slice(0, -1), size];
    }
    case 'channelShuffle': {
      const channels = input.at(-1) ?? fail('its input is a scalar');
      expectIntegers([node.groups], 'its groups', 1, mostElements);
      if (channels % node.groups !== 0) fail(`its ${channels} channels do not divide into ${node.groups} groups`);
      return input;
    }
    case 'upsample': {
      const [height, width, channels] = image(input, 'its input');
      expectIntegers(node.factor, 'its factor', 1, greatestExtent);
      return [height * node.factor[0], width * node.factor[1], channels];
    }
    case 'pad': {
      const [height, width, channels] = image(input, 'its input');
      const { padding, channels: extra } = node;
      expectPadding(padding);
      expectIntegers([extra.before, extra.after], 'its channel padding (before, after)', 0, greatestExtent);
      return [
        height + padding.top + padding.bottom,
        width + padding.left + padding.right,
        channels + extra.before + extra.after,
      ];
    }
    case 'subsample': {
      const [height, width, channels] = image(input, 'its input');
      expectIntegers(node.stride, 'its stride', 1, greatestExtent);
      return [Math.ceil(height / node.stride[0]), Math.ceil(width / node.stride[1]), channels];
    }
    case 'flatten':
      return [sizeOf(input)];
    case 'reshape':
      expectIntegers(node.shape, 'its dimensions', 1, mostElements);
      if (node.shape.length === 0) fail('its shape is empty; a single number is a vector [1]');
      expectSize(node.shape, 'its value');
      if (sizeOf(node.shape) !== sizeOf(input)) {
        fail(`it cannot turn ${describeShape(input)} (${sizeOf(input)} elements) into ${describeShape(node.shape)}`);
      }
      return node.shape;
    case 'output':
      return input;
  }
}

/** The shapes of a network while it is built: each node's is inferred once, when the node is added. */
export interface GrowingShapes extends InferredShapes {
  /** Adds a node behind those that it reads; its parameters are there by then. */
  add(node: NetworkNode): void;
}

/** Shapes of a network that has no nodes yet, and whose parameters may still be added to. */
export function growingShapes(parameters: ReadonlyMap<string, Parameter>): GrowingShapes {
  const shapes = new Map<string, Shape>();
  const problems: NetworkProblem[] = [];
  const add = (node: NetworkNode): void => {
    const inputs = node.inputs.flatMap((name) => {
      const shape = shapes.get(name);
      return shape === undefined ? [] : [shape];
    });
    if (inputs.length !== node.inputs.length) return;
    try {
      const shape = shapeOf(node, inputs, parameters);
      expectSize(shape, 'its value');
      shapes.set(node.name, shape);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      problems.push({ subject: node.name, message: `(${node.op}) ${error.message}` });
    }
  };
  return { shapes, problems, add };
}

/** Infers every node's shape, collecting faults instead of throwing at the first. */
export function tryInferShapes(network: Network): InferredShapes {
  const growing = growingShapes(network.parameters);
  for (const node of network.nodes) growing.add(node);
  return growing;
}

/**
 * The shape of every node's value, without the batch.
 *
 * @throws {NetworkError} naming every node whose inputs or parameters do not fit.
 */
export function inferShapes(network: Network): ReadonlyMap<string, Shape> {
  const { shapes, problems } = tryInferShapes(network);
  if (problems.length > 0) throw new NetworkError(problems);
  return shapes;
}

/**
 * The shape of one node's value, looked up in what {@link inferShapes} gave.
 *
 * @throws {NetworkError} if the node has no shape.
 */
export function shapeAt(shapes: ReadonlyMap<string, Shape>, name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) {
    throw new NetworkError([{ subject: name, message: unknownName('node', name, [...shapes.keys()]) }]);
  }
  return shape;
}
