import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import { ownValue } from '@rheobase/network';
import type { OnnxLayout } from './encode-onnx.js';
import type { OnnxNode } from './model.js';
import { inOrder, transposedPlaces } from './value.js';

/** An input or output of a model, and where it is in the network. */
export interface OnnxPort {
  /** In the file, and of the network's node. */
  readonly name: string;
  /** In the file, where a dimension may have a name in place of a size. */
  readonly shape: readonly (number | string)[];
  /** Of one sample, in the file's axes without that of the batch. */
  readonly sampleShape: Shape;
  /** The network's input or output node; undefined for an input that no output depends on, which the network does not have. */
  readonly node: string | undefined;
  /** Which element of a sample, row-major in the file's axes, each element of the node's value is. */
  readonly order: Int32Array;
}

/** Samples in the layout of the file, one after another, in that of the network. @throws if the number of values is no multiple of a sample's. */
export function toNetwork(port: OnnxPort, values: ArrayLike<number>): Float32Array {
  return eachSample(port, values, (from, to, order, start) => {
    for (let i = 0; i < order.length; i += 1) to[start + i] = from[start + (order[i] ?? 0)] ?? 0;
  });
}

/** Samples in the layout of the network, one after another, in that of the file. @throws as {@link toNetwork}. */
export function fromNetwork(port: OnnxPort, values: ArrayLike<number>): Float32Array {
  return eachSample(port, values, (from, to, order, start) => {
    for (let i = 0; i < order.length; i += 1) to[start + (order[i] ?? 0)] = from[start + i] ?? 0;
  });
}

function eachSample(
  { name, order, sampleShape }: OnnxPort,
  values: ArrayLike<number>,
  move: (from: ArrayLike<number>, to: Float32Array, order: Int32Array, start: number) => void,
): Float32Array {
  const size = order.length;
  if (values.length % size !== 0) {
    throw new Error(
      `'${name}' has ${size} values a sample [${sampleShape.join(', ')}], and ${values.length} are no multiple of that.`,
    );
  }
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += size) move(values, result, order, start);
  return result;
}

/** The network's node for an input of the model, and which element of the input each of its elements is. */
export function inputLayout(
  shape: Shape,
  isSample: boolean,
  channelsLast: boolean,
): { readonly shape: Shape; readonly order: Int32Array } {
  const [first = 1, channels = 1, height = 1, width = 1] = shape;
  const vector = { shape: [sizeOf(shape)], order: inOrder(sizeOf(shape)) };
  if (!isSample) return shape.length === 3 ? { ...vector, shape } : vector;
  if (shape.length === 4 && first === 1) {
    return channelsLast
      ? { ...vector, shape: shape.slice(1) }
      : { shape: [height, width, channels], order: transposedPlaces([channels, height, width], [1, 2, 0]) };
  }
  // A sequence is an image of one row.
  if (shape.length === 3 && first === 1 && height > 1) {
    return channelsLast
      ? { ...vector, shape: [1, channels, height] }
      : { shape: [1, height, channels], order: transposedPlaces([channels, height], [1, 0]) };
  }
  return vector;
}

const windowed = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'BatchNormalization',
  'PRelu',
  'Resize',
  'Upsample',
]);
/** What leaves the axes of images where they are. */
const passing = new Set(
  'Add Sub Mul Div Neg Min Max Cast Clip Relu LeakyRelu Sigmoid Tanh Identity Dropout Pad Slice Split Gather Concat'.split(
    ' ',
  ),
);
const usual = [1, 3, 4];

/**
 * Whether an image's channels are its last axis in the file, as TensorFlow has them, by what first reads it; undefined if that does not tell. It is
 * only a question of what is cheap, never of what is computed.
 */
export function hasChannelsLast(
  name: string,
  nodes: readonly OnnxNode[],
  shape: readonly (number | string)[],
): boolean | undefined {
  const names = new Set([name]);
  for (const { type, inputs, outputs, attributes } of nodes) {
    if (!inputs.some((input) => names.has(input))) continue;
    if (type === 'Transpose') {
      const perm = ownValue(attributes, 'perm');
      return Array.isArray(perm) && perm[1] === shape.length - 1;
    }
    if (windowed.has(type)) return false;
    if (!passing.has(type)) return undefined;
    for (const output of outputs) names.add(output);
  }
  return undefined;
}

/** The same, by its sizes: images have one, three or four channels. */
export function looksChannelsLast(shape: readonly (number | string)[]): boolean {
  const isUsual = (size: number | string | undefined): boolean => typeof size === 'number' && usual.includes(size);
  return shape.length === 4 && isUsual(shape[3]) && !isUsual(shape[1]);
}

/** How a model that `encodeOnnx` wrote has the images of an output: it transposes those that it has as `NHWC`. */
export function ownOutputLayout(name: string, nodes: readonly OnnxNode[]): OnnxLayout {
  const writer = nodes.find(({ outputs }) => outputs.includes(name));
  return writer?.type === 'Transpose' ? 'NHWC' : 'NCHW';
}
