import type {
  AvgPoolNode,
  Conv2dNode,
  MaxPoolNode,
  ModelSpec,
  Network,
  NodeOf,
  PlainNode,
  Shape,
} from '@rheobase/network';
import { attributesOf, elementFunctions, pairFunctions, parameterOf, sizeOf } from '@rheobase/network';

/** A value of one node for one image: row-major, channels fastest. */
export interface ReferenceValue {
  readonly shape: Shape;
  readonly data: Float64Array;
}

type Pixel = (row: number, column: number, channel: number) => number;

function dimension(shape: Shape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined) throw new Error(`A value of shape [${shape.join(', ')}] has no axis ${axis}.`);
  return size;
}

function element(data: ArrayLike<number>, index: number): number {
  const found = data[index];
  if (found === undefined) throw new Error(`An array of ${data.length} elements has no element ${index}.`);
  return found;
}

function only(inputs: readonly ReferenceValue[]): ReferenceValue {
  const [input] = inputs;
  if (input === undefined) throw new Error('A node has no input.');
  return input;
}

/** The pixels of an image; `outside` beyond its edges, including its channels. */
function pixels({ shape, data }: ReferenceValue, outside: number): Pixel {
  const [height, width, channels] = [dimension(shape, 0), dimension(shape, 1), dimension(shape, 2)];
  return (row, column, channel) =>
    row < 0 || row >= height || column < 0 || column >= width || channel < 0 || channel >= channels
      ? outside
      : element(data, (row * width + column) * channels + channel);
}

/** An image of the given shape, pixel by pixel. */
function imageOf(shape: Shape, pixel: Pixel): Float64Array {
  const [height, width, channels] = [dimension(shape, 0), dimension(shape, 1), dimension(shape, 2)];
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        data[at] = pixel(row, column, channel);
        at += 1;
      }
    }
  }
  return data;
}

/** A value of the given shape, computed along the channels, the last axis. */
function channelwise(shape: Shape, value: (pixel: number, channel: number) => number): Float64Array {
  const channels = dimension(shape, -1);
  return new Float64Array(sizeOf(shape)).map((_, i) => value(Math.floor(i / channels), i % channels));
}

function convolve(node: Conv2dNode, network: Network, input: ReferenceValue, shape: Shape): Float64Array {
  const kernel = parameterOf(network, node.weight);
  const bias = node.bias === undefined ? undefined : parameterOf(network, node.bias);
  const [kernelHeight, kernelWidth] = [dimension(kernel.shape, 0), dimension(kernel.shape, 1)];
  const [channelsPerGroup, filters] = [dimension(kernel.shape, 2), dimension(kernel.shape, 3)];
  const filtersPerGroup = filters / node.groups;
  const at = pixels(input, 0);
  return imageOf(shape, (row, column, filter) => {
    const firstChannel = Math.floor(filter / filtersPerGroup) * channelsPerGroup;
    let sum = bias === undefined ? 0 : element(bias.data, filter);
    for (let i = 0; i < kernelHeight; i += 1) {
      for (let j = 0; j < kernelWidth; j += 1) {
        for (let c = 0; c < channelsPerGroup; c += 1) {
          const y = row * node.stride[0] + i * node.dilation[0] - node.padding.top;
          const x = column * node.stride[1] + j * node.dilation[1] - node.padding.left;
          const weight = element(kernel.data, ((i * kernelWidth + j) * channelsPerGroup + c) * filters + filter);
          sum += weight * at(y, x, firstChannel + c);
        }
      }
    }
    return sum;
  });
}

/** For every output pixel, the pixels of its window inside the image. */
function pool(
  node: AvgPoolNode | MaxPoolNode,
  input: ReferenceValue,
  shape: Shape,
  combine: (inside: readonly number[]) => number,
): Float64Array {
  const at = pixels(input, Number.NaN);
  return imageOf(shape, (row, column, channel) => {
    const inside: number[] = [];
    for (let i = 0; i < node.size[0]; i += 1) {
      for (let j = 0; j < node.size[1]; j += 1) {
        const y = row * node.stride[0] + i - node.padding.top;
        const x = column * node.stride[1] + j - node.padding.left;
        if (y >= 0 && y < dimension(input.shape, 0) && x >= 0 && x < dimension(input.shape, 1)) {
          inside.push(at(y, x, channel));
        }
      }
    }
    return combine(inside);
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

function upsample({ factor, method }: NodeOf<'upsample'>, input: ReferenceValue, shape: Shape): Float64Array {
  const at = pixels(input, Number.NaN);
  if (method === 'nearest') {
    return imageOf(shape, (row, column, channel) =>
      at(Math.floor(row / factor[0]), Math.floor(column / factor[1]), channel),
    );
  }
  const neighbours = (target: number, scale: number, length: number) => {
    const source = Math.min(Math.max((target + 0.5) / scale - 0.5, 0), length - 1);
    const lower = Math.floor(source);
    return { lower, upper: Math.min(lower + 1, length - 1), share: source - lower };
  };
  return imageOf(shape, (row, column, channel) => {
    const y = neighbours(row, factor[0], dimension(input.shape, 0));
    const x = neighbours(column, factor[1], dimension(input.shape, 1));
    const across = (line: number): number =>
      (1 - x.share) * at(line, x.lower, channel) + x.share * at(line, x.upper, channel);
    return (1 - y.share) * across(y.lower) + y.share * across(y.upper);
  });
}

/** The value of a node from its inputs, in simple float64 loops. */
export function evaluateReference(
  node: PlainNode,
  network: Network,
  inputs: readonly ReferenceValue[],
  shape: Shape,
): Float64Array {
  const input = only(inputs);
  switch (node.op) {
    case 'conv2d':
      return convolve(node, network, input, shape);
    case 'dense': {
      const weight = parameterOf(network, node.weight);
      const bias = node.bias === undefined ? undefined : parameterOf(network, node.bias);
      const outputs = dimension(shape, 0);
      return channelwise(shape, (_, to) => {
        let total = bias === undefined ? 0 : element(bias.data, to);
        input.data.forEach((x, from) => {
          total += x * element(weight.data, from * outputs + to);
        });
        return total;
      });
    }
    case 'batchNorm': {
      const channels = dimension(shape, -1);
      const at = (name: string, channel: number): number => element(parameterOf(network, name).data, channel);
      return channelwise(shape, (pixel, channel) => {
        const deviation = Math.sqrt(at(node.variance, channel) + node.epsilon);
        const centred = element(input.data, pixel * channels + channel) - at(node.mean, channel);
        return at(node.scale, channel) * (centred / deviation) + at(node.offset, channel);
      });
    }
    case 'avgPool': {
      const window = node.size[0] * node.size[1];
      return pool(
        node,
        input,
        shape,
        (inside) => sum(inside) / { window, inside: inside.length, none: 1 }[node.divisor],
      );
    }
    case 'maxPool':
      return pool(node, input, shape, (inside) => Math.max(...inside));
    case 'globalAvgPool': {
      const at = pixels(input, Number.NaN);
      const [height, width] = [dimension(input.shape, 0), dimension(input.shape, 1)];
      return channelwise(shape, (_, channel) => {
        let total = 0;
        for (let row = 0; row < height; row += 1) {
          for (let column = 0; column < width; column += 1) total += at(row, column, channel);
        }
        return total / (height * width);
      });
    }
    case 'add':
      return input.data.map((_, i) => sum(inputs.map(({ data }) => element(data, i))));
    case 'concat':
      return channelwise(shape, (pixel, channel) => {
        let within = channel;
        for (const { shape: part, data } of inputs) {
          const channels = dimension(part, -1);
          if (within < channels) return element(data, pixel * channels + within);
          within -= channels;
        }
        throw new Error(`The inputs of '${node.name}' have no channel ${channel}.`);
      });
    case 'split': {
      const channels = dimension(input.shape, -1);
      const first = sum(node.sizes.slice(0, node.part));
      return channelwise(shape, (pixel, channel) => element(input.data, pixel * channels + first + channel));
    }
    case 'channelShuffle': {
      const channels = dimension(shape, -1);
      const perGroup = channels / node.groups;
      return channelwise(shape, (pixel, channel) => {
        const group = channel % node.groups;
        return element(input.data, pixel * channels + group * perGroup + Math.floor(channel / node.groups));
      });
    }
    case 'upsample':
      return upsample(node, input, shape);
    case 'depthToSpace': {
      const at = pixels(input, Number.NaN);
      const { block } = node;
      return imageOf(shape, (row, column, channel) => {
        const place = (row % block) * block + (column % block);
        return at(Math.floor(row / block), Math.floor(column / block), place * dimension(shape, 2) + channel);
      });
    }
    case 'quantize': {
      const step = parameterOf(network, node.step);
      return input.data.map((x, i) => {
        const level = Math.floor(x / element(step.data, broadcastIndex(step.shape, shape, i)) + 0.5);
        return Math.min(Math.max(level, -node.limit), node.limit);
      });
    }
    case 'scale': {
      const factor = parameterOf(network, node.factor);
      return input.data.map((x, i) => x * element(factor.data, broadcastIndex(factor.shape, shape, i)));
    }
    case 'pad': {
      const at = pixels(input, 0);
      return imageOf(shape, (row, column, channel) =>
        at(row - node.padding.top, column - node.padding.left, channel - node.channels.before),
      );
    }
    case 'subsample': {
      const at = pixels(input, Number.NaN);
      return imageOf(shape, (row, column, channel) => at(row * node.stride[0], column * node.stride[1], channel));
    }
    case 'gather':
      return Float64Array.from(parameterOf(network, node.indices).data, (at) => (at < 0 ? 0 : element(input.data, at)));
    case 'function':
      return input.data.map((x) =>
        elementFunctions[node.function].apply(x, attributesOf(node.function, node.attributes)),
      );
    case 'combine':
      return input.data.map((a, i) => pairFunctions[node.function](a, element(inputs[1]?.data ?? [], i)));
    case 'softmax':
      return channelwise(shape, (pixel, channel) => {
        const row = rowOf(input, pixel);
        // Of differences from the maximum, so that large values do not overflow.
        const most = Math.max(...row);
        const logarithm = element(row, channel) - most - Math.log(sum(row.map((x) => Math.exp(x - most))));
        return node.log ? logarithm : Math.exp(logarithm);
      });
    case 'argMax':
      return channelwise(shape, (pixel) => {
        const row = rowOf(input, pixel);
        return row.indexOf(Math.max(...row));
      });
    case 'flatten':
    case 'reshape':
    case 'output':
      return input.data.slice();
  }
}

/** The elements of a value along its last axis. */
function rowOf({ shape, data }: ReferenceValue, pixel: number): readonly number[] {
  const channels = dimension(shape, -1);
  return [...data.subarray(pixel * channels, (pixel + 1) * channels)];
}

/**
 * The values of a site's parameters and attributes for one element of the value of shape `shape`.
 */
export function siteValues(
  spec: ModelSpec,
  network: Network,
  shape: Shape,
  index: number,
): Readonly<Record<string, number>> {
  const parameters = Object.entries(spec.parameters).map(([part, name]) => {
    const parameter = parameterOf(network, name);
    return [part, element(parameter.data, broadcastIndex(parameter.shape, shape, index))] as const;
  });
  return { ...spec.attributes, ...Object.fromEntries(parameters) };
}

/** The element of an array of shape `from`, broadcast to `to`, at `index`. */
function broadcastIndex(from: Shape, to: Shape, index: number): number {
  let [rest, stride, result] = [index, 1, 0];
  for (let back = 1; back <= from.length; back += 1) {
    const size = dimension(to, -back);
    if (dimension(from, -back) !== 1) result += (rest % size) * stride;
    stride *= dimension(from, -back);
    rest = Math.floor(rest / size);
  }
  return result;
}
