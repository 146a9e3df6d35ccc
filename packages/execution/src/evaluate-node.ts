import type { NodeOf, PlainNode } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import { globalAveragePool, normalizeByMoments, requireTensorMemory, subsample } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  addN,
  argMax,
  cast,
  clipByValue,
  clone,
  concat,
  div,
  floor,
  gather,
  image,
  logSoftmax,
  matMul,
  mul,
  pad,
  reshape,
  scalar,
  slice,
  softmax,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { convolve, explicitPadding } from './convolution.js';
import { applyFunction, applyPair } from './function-tensors.js';
import type { BoundParameters } from './live-parameters.js';
import { boundIndices, liveParameter } from './live-parameters.js';
import { averagePool, maximumPool } from './pooling.js';

/** The operands of a node. */
interface Operands {
  /** The first input. */
  readonly input: Tensor;
  readonly inputs: readonly Tensor[];
  /** The first input as an image, `[N, H, W, C]`. */
  readonly images: Tensor4D;
  /** Whether they are mostly zeros, as spikes are, so that it pays to look for them. */
  readonly sparse: boolean;
  parameter(name: string): Tensor;
  /** The indices of a gather, int32. */
  indices(name: string): Tensor;
}

/** How an operation is computed on tensors, and its cost: all that a new operation needs to run in this package. */
interface TensorOperation<N extends PlainNode> {
  compute(node: N, operands: Operands): Tensor;
  /** Scratch bytes, excluding inputs and result, given the bytes of the value and of the first input. Default: three times the value's. */
  scratch?(node: N, own: number, input: number): number;
  /** Whether its value can overflow float32 although its inputs are finite. */
  readonly overflows?: boolean;
}

const none = (): number => 0;
const pooling = (_: unknown, own: number, input: number): number => own + 2 * input;

const tensorOperations: { readonly [O in PlainNode['op']]: TensorOperation<NodeOf<O>> } = {
  conv2d: {
    compute: (node, { images, sparse, parameter }) =>
      convolve(
        images,
        parameter(node.weight) as Tensor4D,
        node.bias === undefined ? undefined : parameter(node.bias),
        node,
        sparse,
      ),
    scratch: (node, own, input) => {
      const dilated = node.dilation.some((factor) => factor > 1);
      const full = dilated ? own * node.stride[0] * node.stride[1] : 0;
      const parts = node.groups > 1 ? own + input : 0;
      return full + parts + (node.bias !== undefined && (dilated || node.groups > 1) ? own : 0);
    },
    overflows: true,
  },
  dense: {
    compute: (node, { input, parameter }) => {
      const weight = parameter(node.weight) as Tensor2D;
      requireTensorMemory(4 * weight.size);
      const y = matMul(input as Tensor2D, weight);
      return node.bias === undefined ? y : add(y, parameter(node.bias));
    },
    overflows: true,
  },
  batchNorm: {
    compute: (node, { input, parameter }) => {
      const moments = { mean: parameter(node.mean) as Tensor1D, variance: parameter(node.variance) as Tensor1D };
      return normalizeByMoments(input, parameter(node.scale), parameter(node.offset), moments, node.epsilon);
    },
    scratch: (_, own) => 4 * own,
    overflows: true,
  },
  avgPool: { compute: (node, { images }) => averagePool(images, node), scratch: pooling, overflows: true },
  maxPool: { compute: (node, { images }) => maximumPool(images, node), scratch: pooling },
  globalAvgPool: { compute: (_, { images }) => globalAveragePool(images), scratch: none, overflows: true },
  add: {
    compute: (_, { input, inputs }) =>
      inputs.length === 2 && inputs[1] !== undefined ? add(input, inputs[1]) : addN([...inputs]),
    overflows: true,
  },
  concat: { compute: (_, { inputs }) => concat([...inputs], -1), scratch: none },
  split: {
    compute: (node, { input }) => {
      const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      const leading = input.shape.length - 1;
      return slice(
        input,
        [...Array<number>(leading).fill(0), begin],
        [...Array<number>(leading).fill(-1), node.sizes[node.part] ?? 0],
      );
    },
    scratch: none,
  },
  channelShuffle: {
    compute: (node, { input }) => {
      const channels = input.shape.at(-1) ?? 1;
      const grouped = reshape(input, [-1, node.groups, channels / node.groups]);
      return reshape(transpose(grouped, [0, 2, 1]), input.shape);
    },
  },
  upsample: {
    compute: (node, { images }) => {
      const [, height, width] = images.shape;
      const size: [number, number] = [height * node.factor[0], width * node.factor[1]];
      return node.method === 'nearest'
        ? image.resizeNearestNeighbor(images, size)
        : image.resizeBilinear(images, size, false, true);
    },
    scratch: none,
  },
  depthToSpace: {
    compute: ({ block }, { images }) => {
      const [count, height, width, channels] = images.shape;
      const rows = reshape(images, [count * height, width, block, channels / block]);
      return reshape(transpose(rows, [0, 2, 1, 3]), [count, height * block, width * block, channels / block ** 2]);
    },
  },
  pad: {
    compute: (node, { images }) =>
      pad(images, [...explicitPadding(node.padding).slice(0, 3), [node.channels.before, node.channels.after]] as [
        number,
        number,
      ][]),
  },
  quantize: {
    compute: (node, { input, parameter }) => {
      const level = floor(add(div(input, parameter(node.step)), 0.5));
      return clipByValue(level, -node.limit, node.limit);
    },
  },
  scale: { compute: (node, { input, parameter }) => mul(input, parameter(node.factor)), overflows: true },
  subsample: { compute: (node, { images }) => subsample(images, node.stride) },
  flatten: { compute: (_, { input }) => reshape(input, [input.shape[0] ?? 1, -1]), scratch: none },
  reshape: { compute: (node, { input }) => reshape(input, [input.shape[0] ?? 1, ...node.shape]), scratch: none },
  gather: {
    // A zero in front, which −1 takes.
    compute: (node, { input, indices }) => {
      const [count = 1] = input.shape;
      const places = indices(node.indices);
      const elements = pad(reshape(input, [count, -1]), [
        [0, 0],
        [1, 0],
      ]);
      const taken = gather(elements, add(reshape(places, [-1]), scalar(1, 'int32')) as Tensor1D, 1);
      return reshape(taken, [count, ...places.shape]);
    },
    scratch: (_, own, input) => 2 * input + own,
  },
  function: { compute: (node, { input }) => applyFunction(node, input), scratch: (_, own) => 5 * own },
  combine: { compute: (node, { inputs: [a, b] }) => applyPair(node, present(node, a), present(node, b)) },
  softmax: {
    compute: ({ log }, { input }) => (log ? logSoftmax(input) : softmax(input)),
    scratch: (_, own) => 4 * own,
  },
  argMax: {
    compute: (_, { input }) => cast(reshape(argMax(input, -1), [...input.shape.slice(0, -1), 1]), 'float32'),
  },
  output: { compute: (_, { input }) => clone(input), scratch: none, overflows: true },
};

/** The tensor operation of a plain node. */
export function tensorOperationOf(node: PlainNode): TensorOperation<PlainNode> {
  return tensorOperations[node.op];
}

function present(node: PlainNode, input: Tensor | undefined): Tensor {
  if (input === undefined) throw new NetworkError([{ subject: node.name, message: 'it was given no input' }]);
  return input;
}

/**
 * The value of a plain node. Batch norms use their running statistics.
 *
 * @param inputs the values of the node's inputs, `[N, …shape]` each
 * @param sparse whether they are mostly zeros; only the speed depends on it. Default: false
 * @returns `[N, …shape]`; may be one of the inputs
 */
export function evaluateNode(
  node: PlainNode,
  inputs: readonly Tensor[],
  bound: BoundParameters,
  sparse = false,
): Tensor {
  const input = present(node, inputs[0]);
  const parameter = (name: string): Tensor => liveParameter(bound.live, name);
  const indices = (name: string): Tensor => boundIndices(bound, name);
  const operands = { input, inputs, images: input as Tensor4D, sparse, parameter, indices };
  return tidy(() => tensorOperationOf(node).compute(node, operands));
}
