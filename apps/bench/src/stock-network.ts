import type { LiveParameters } from '@rheobase/execution';
import { liveParameter } from '@rheobase/execution';
import type { Conv2dNode, Network, NetworkNode, Padding } from '@rheobase/network';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** A batch norm's statistics of a batch, which its running ones are to follow. */
export interface OwnStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What a forward pass in training gives. */
interface StockRun {
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  /** By batch norm node. */
  readonly statistics: ReadonlyMap<string, OwnStatistics>;
}

/**
 * Runs an analog network in training as a program written for tfjs would, by tfjs' operations alone: batch norm is `tf.moments`
 * and `tf.batchNorm`. To be called in a tidy.
 *
 * @param images `[N, H, W, C]`
 * @throws if the network has an activation that tfjs has no operation for, or is not one output of logits.
 */
export function runStock(network: Network, live: LiveParameters, images: Tensor4D): StockRun {
  const values = new Map<string, Tensor>();
  const statistics = new Map<string, OwnStatistics>();
  for (const node of network.nodes) {
    const inputs = node.inputs.map((name) => known(values.get(name), name));
    values.set(node.name, node.op === 'input' ? images : evaluate(node, inputs, live, statistics));
  }
  const outputs = network.nodes.filter(({ op }) => op === 'output');
  const logits = known(values.get(outputs[0]?.name ?? ''), 'output');
  if (outputs.length !== 1 || logits.rank !== 2)
    throw new Error('The benchmark needs a network with one output of logits.');
  return { logits: logits as Tensor2D, statistics };
}

function known(value: Tensor | undefined, name: string): Tensor {
  if (value === undefined) throw new Error(`The network reads "${name}" before it is computed.`);
  return value;
}

type FourPaddings = [[0, 0], [number, number], [number, number], [0, 0]];

function paddings({ top, bottom, left, right }: Padding): FourPaddings {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function evaluate(
  node: Exclude<NetworkNode, { readonly op: 'input' }>,
  inputs: readonly Tensor[],
  live: LiveParameters,
  statistics: Map<string, OwnStatistics>,
): Tensor {
  const x = known(inputs[0], node.name);
  const images = x as Tensor4D;
  const parameter = (name: string): Tensor => liveParameter(live, name);
  switch (node.op) {
    case 'conv2d': {
      const y = convolve(images, parameter(node.weight) as Tensor4D, node);
      return node.bias === undefined ? y : tf.add(y, parameter(node.bias));
    }
    case 'dense': {
      const y = tf.matMul(x as Tensor2D, parameter(node.weight) as Tensor2D);
      return node.bias === undefined ? y : tf.add(y, parameter(node.bias));
    }
    case 'batchNorm': {
      const own = tf.moments(x, x.shape.map((_, axis) => axis).slice(0, -1));
      statistics.set(node.name, own);
      const [mean, variance] = [own.mean as tf.Tensor1D, own.variance as tf.Tensor1D];
      const [offset, scale] = [parameter(node.offset) as tf.Tensor1D, parameter(node.scale) as tf.Tensor1D];
      return tf.batchNorm(x, mean, variance, offset, scale, node.epsilon);
    }
    case 'activation': {
      const { kind } = node.activation;
      if (kind === 'relu') return tf.relu(x);
      if (kind === 'relu6') return tf.relu6(x);
      throw new Error(`${node.name}: the stock contender of the benchmark has relu and relu6, but no ${kind}.`);
    }
    case 'avgPool': {
      const { size, stride, padding, divisor } = node;
      if (divisor === 'inside') return tf.avgPool(images, [...size], [...stride], paddings(padding));
      return tf.avgPool(tf.pad(images, paddings(padding)), [...size], [...stride], 'valid');
    }
    case 'maxPool':
      return tf.maxPool(images, [...node.size], [...node.stride], paddings(node.padding));
    case 'globalAvgPool':
      return tf.mean(x, [1, 2]);
    case 'add':
      return inputs.length === 2 ? tf.add(x, known(inputs[1], node.name)) : tf.addN([...inputs]);
    case 'concat':
      return tf.concat([...inputs], -1);
    case 'split': {
      const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      const leading = x.rank - 1;
      return tf.slice(x, [...leads(leading, 0), begin], [...leads(leading, -1), node.sizes[node.part] ?? 0]);
    }
    case 'channelShuffle': {
      const grouped = tf.reshape(x, [-1, node.groups, (x.shape.at(-1) ?? 1) / node.groups]);
      return tf.reshape(tf.transpose(grouped, [0, 2, 1]), x.shape);
    }
    case 'upsample': {
      const size: [number, number] = [images.shape[1] * node.factor[0], images.shape[2] * node.factor[1]];
      return node.method === 'nearest'
        ? tf.image.resizeNearestNeighbor(images, size)
        : tf.image.resizeBilinear(images, size, false, true);
    }
    case 'pad':
      return tf.pad(images, [
        ...paddings(node.padding).slice(0, 3),
        [node.channels.before, node.channels.after],
      ] as FourPaddings);
    case 'subsample':
      // tfjs has no gradient of a strided slice.
      return tf.avgPool(images, 1, [...node.stride], 'valid');
    case 'flatten':
      return tf.reshape(x, [x.shape[0] ?? 1, -1]);
    case 'reshape':
      return tf.reshape(x, [x.shape[0] ?? 1, ...node.shape]);
    case 'output':
      return x;
    default:
      throw new Error(`${node.name}: the stock contender of the benchmark does not train a ${node.op}.`);
  }
}

const leads = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value);

function convolve(x: Tensor4D, kernel: Tensor4D, { stride, padding, dilation, groups }: Conv2dNode): Tensor4D {
  const [height, width, channels, filters] = kernel.shape;
  const one = (part: Tensor4D, own: Tensor4D): Tensor4D =>
    tf.conv2d(part, own, [...stride], paddings(padding), 'NHWC', [...dilation]);
  if (groups === 1) return one(x, kernel);
  if (channels === 1) {
    const depthwise = tf.reshape(kernel, [height, width, groups, filters / groups]) as Tensor4D;
    return tf.depthwiseConv2d(x, depthwise, [...stride], paddings(padding), 'NHWC', [...dilation]);
  }
  const [parts, kernels] = [tf.split<Tensor4D>(x, groups, 3), tf.split<Tensor4D>(kernel, groups, 3)];
  return tf.concat(
    kernels.map((own, group) => one(parts[group] ?? x, own)),
    3,
  );
}
