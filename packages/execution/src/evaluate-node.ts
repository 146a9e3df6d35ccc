import type { NetworkNode } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import { globalAveragePool, normalizeByMoments, requireTensorMemory, subsample } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  addN,
  clipByValue,
  clone,
  concat,
  div,
  floor,
  image,
  matMul,
  mul,
  pad,
  reshape,
  slice,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { convolve, explicitPadding } from './convolution.js';
import type { LiveParameters } from './live-parameters.js';
import { liveParameter } from './live-parameters.js';
import { averagePool, maximumPool } from './pooling.js';

/** Nodes whose value is a plain function of their inputs and parameters: all but activations, neurons and the input. */
export type PlainNode = Exclude<NetworkNode, { readonly op: 'activation' | 'neuron' | 'input' }>;

/**
 * The value of a plain node. Batch norms use their running statistics.
 *
 * @param inputs the values the node reads, `[N, …shape]` each
 * @returns `[N, …shape]`; may be one of the inputs
 */
export function evaluateNode(node: PlainNode, inputs: readonly Tensor[], live: LiveParameters): Tensor {
  return tidy(() => compute(node, inputs, live));
}

function compute(node: PlainNode, inputs: readonly Tensor[], live: LiveParameters): Tensor {
  const [input] = inputs;
  if (input === undefined) throw new NetworkError([{ subject: node.name, message: 'it was given no input' }]);
  const parameter = (name: string): Tensor => liveParameter(live, name);
  const images = (): Tensor4D => input as Tensor4D;
  const [count = 1] = input.shape;
  switch (node.op) {
    case 'conv2d': {
      const bias = node.bias === undefined ? undefined : parameter(node.bias);
      return convolve(images(), parameter(node.weight) as Tensor4D, bias, node);
    }
    case 'dense': {
      const weight = parameter(node.weight) as Tensor2D;
      requireTensorMemory(4 * weight.size);
      const y = matMul(input as Tensor2D, weight);
      return node.bias === undefined ? y : add(y, parameter(node.bias));
    }
    case 'batchNorm': {
      const moments = { mean: parameter(node.mean) as Tensor1D, variance: parameter(node.variance) as Tensor1D };
      return normalizeByMoments(input, parameter(node.scale), parameter(node.offset), moments, node.epsilon);
    }
    case 'avgPool':
      return averagePool(images(), node);
    case 'maxPool':
      return maximumPool(images(), node);
    case 'globalAvgPool':
      return globalAveragePool(images());
    case 'add':
      return inputs.length === 2 && inputs[1] !== undefined ? add(input, inputs[1]) : addN([...inputs]);
    case 'concat':
      return concat([...inputs], -1);
    case 'split': {
      const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      const leading = input.shape.length - 1;
      return slice(
        input,
        [...Array<number>(leading).fill(0), begin],
        [...Array<number>(leading).fill(-1), node.sizes[node.part] ?? 0],
      );
    }
    case 'channelShuffle': {
      const channels = input.shape.at(-1) ?? 1;
      const grouped = reshape(input, [-1, node.groups, channels / node.groups]);
      return reshape(transpose(grouped, [0, 2, 1]), input.shape);
    }
    case 'upsample': {
      const [, height, width] = images().shape;
      const size: [number, number] = [height * node.factor[0], width * node.factor[1]];
      return node.method === 'nearest'
        ? image.resizeNearestNeighbor(images(), size)
        : image.resizeBilinear(images(), size, false, true);
    }
    case 'pad':
      return pad(images(), [
        ...explicitPadding(node.padding).slice(0, 3),
        [node.channels.before, node.channels.after],
      ] as [number, number][]);
    case 'quantize': {
      const level = floor(add(div(input, parameter(node.step)), 0.5));
      return clipByValue(level, -node.limit, node.limit);
    }
    case 'scale':
      return mul(input, parameter(node.factor));
    case 'subsample':
      return subsample(images(), node.stride);
    case 'flatten':
      return reshape(input, [count, -1]);
    case 'reshape':
      return reshape(input, [count, ...node.shape]);
    case 'output':
      return clone(input);
  }
}
