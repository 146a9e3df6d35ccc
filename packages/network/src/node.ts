import type { ElementFunctionName, PairFunctionName } from './element-functions.js';
import type { Shape } from './shape.js';
import type { ActivationSpec, NeuronSpec } from './spec.js';

/** Height, then width. */
export type Pair = readonly [height: number, width: number];

/** Rows and columns added around an image. Always explicit: "same" and "valid" are resolved when a network is built. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

interface Node<Op extends string, Inputs extends readonly string[]> {
  readonly op: Op;
  /** Unique in its network. */
  readonly name: string;
  /** Names of the nodes whose values this one reads, in order. */
  readonly inputs: Inputs;
}

type Source = readonly [];
type One = readonly [string];
type Many = readonly string[];

/** A network input: an image `[H, W, C]` or a vector `[C]`. */
export interface InputNode extends Node<'input', Source> {
  readonly shape: Shape;
}

/** Cross-correlation of `[H, W, Cin]` with a kernel `[kH, kW, Cin/groups, Cout]`; depthwise when `groups` is Cin. */
export interface Conv2dNode extends Node<'conv2d', One> {
  /** Name of the kernel's parameter. */
  readonly weight: string;
  /** Name of the bias' parameter, `[Cout]`; absent: none. */
  readonly bias?: string;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/** y = x·W + b with W `[in, out]`. */
export interface DenseNode extends Node<'dense', One> {
  readonly weight: string;
  readonly bias?: string;
}

/** y = γ·(x − μ)/√(σ² + ε) + β by channel; with batch statistics for μ and σ² while training. */
export interface BatchNormNode extends Node<'batchNorm', One> {
  readonly scale: string;
  readonly offset: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

/** An activation site, where conversion puts a neuron. */
export interface ActivationNode extends Node<'activation', One> {
  readonly activation: ActivationSpec;
}

/** A population of spiking neurons, one per element of its input. Its output at a time step is θ·s(t), or s(t). */
export interface NeuronNode extends Node<'neuron', One> {
  readonly neuron: NeuronSpec;
  /**
   * Name of the parameter `[T, C]` that is added to the current: row t in step t, from 0, the same at every position of a channel. A run over fewer
   * steps uses the first rows; steps after the last row have none. Any neuron model can have it (docs/decisions/0044).
   */
  readonly stepBias?: string;
  /** The spike value. Default: θ; 1 in an integer network, whose weights include θ, and in networks from formats whose spikes have no value. */
  readonly spikeValue?: 'one';
}

/** k = min(max(⌊x/step + ½⌋, −limit), limit), in double precision: converts analog values to the integers of an integer network. */
export interface QuantizeNode extends Node<'quantize', One> {
  /** Name of the parameter that holds the width of a level, above 0, in units of x: float32, a scalar or one per channel. */
  readonly step: string;
  /** Greatest magnitude of k, an integer of at least 1. */
  readonly limit: number;
}

/** y = factor ⊙ x. */
export interface ScaleNode extends Node<'scale', One> {
  /** Name of the factor's parameter: a scalar, one per channel or one per element. */
  readonly factor: string;
}

export interface AvgPoolNode extends Node<'avgPool', One> {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  /** Divisor of the sum over a window that reaches into the padding: the whole window, or only its part inside the image. `none` keeps the sum. */
  readonly divisor: 'window' | 'inside' | 'none';
}

/**
 * Maximum over each window; padding counts as −∞. After neurons it is the maximum of the accumulated input, and its value in a step is the increase
 * of that maximum (docs/decisions/0016): its mean over time is the maximum of its input's mean.
 */
export interface MaxPoolNode extends Node<'maxPool', One> {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/** `[H, W, C]` → `[C]`. */
export interface GlobalAvgPoolNode extends Node<'globalAvgPool', One> {}

/** Element-wise sum of two or more values of one shape. */
export interface AddNode extends Node<'add', Many> {}

/** Concatenates values along the channel axis. */
export interface ConcatNode extends Node<'concat', Many> {}

/** One part of a value split along the channel axis into the given sizes. Every node has one value, so a full split takes one node per part. */
export interface SplitNode extends Node<'split', One> {
  readonly sizes: readonly number[];
  /** Index of this node's part, from 0. */
  readonly part: number;
}

/** ShuffleNet's channel shuffle: channels as `[groups, C/groups]`, transposed. */
export interface ChannelShuffleNode extends Node<'channelShuffle', One> {
  readonly groups: number;
}

/** Upsamples an image by integer factors. Bilinear samples at half-pixel centres. */
export interface UpsampleNode extends Node<'upsample', One> {
  readonly factor: Pair;
  readonly method: 'nearest' | 'bilinear';
}

/** Sub-pixel upsampling, `[H, W, C·b²]` → `[H·b, W·b, C]`: the pixel at row i and column j of a block takes C channels starting at (i·b + j)·C. */
export interface DepthToSpaceNode extends Node<'depthToSpace', One> {
  /** b: rows and columns per pixel, at least 1. */
  readonly block: number;
}

/** Zeros around an image, and before and after its channels. */
export interface PadNode extends Node<'pad', One> {
  readonly padding: Padding;
  readonly channels: { readonly before: number; readonly after: number };
}

/** Every `stride`-th row and column, from the first: `x[::sh, ::sw, :]`. */
export interface SubsampleNode extends Node<'subsample', One> {
  readonly stride: Pair;
}

/** `[H, W, C]` → `[H·W·C]`, row-major: channels vary fastest. */
export interface FlattenNode extends Node<'flatten', One> {}

export interface ReshapeNode extends Node<'reshape', One> {
  readonly shape: Shape;
}

/**
 * Elements of a value in any order: element i is element `indices[i]` of the input, row-major, or 0 where that is −1. Its shape is that of `indices`.
 * For what no other node states: a transposition, a slice with steps, a reversal.
 */
export interface GatherNode extends Node<'gather', One> {
  /** Name of the parameter that holds the places, int32. */
  readonly indices: string;
}

/** y = f(x), element by element. Analog: see {@link analogHead}. */
export interface FunctionNode extends Node<'function', One> {
  readonly function: ElementFunctionName;
  /** Attributes that differ from the defaults in `elementFunctions`. */
  readonly attributes: Readonly<Record<string, number>>;
}

/** y = f(a, b), element by element, of two values of one shape. Analog. */
export interface CombineNode extends Node<'combine', readonly [string, string]> {
  readonly function: PairFunctionName;
}

/** Softmax over the last axis, or its logarithm. Analog. */
export interface SoftmaxNode extends Node<'softmax', One> {
  readonly log: boolean;
}

/** Index of the greatest element along the last axis, of the first one if several are; that axis becomes 1. Analog. */
export interface ArgMaxNode extends Node<'argMax', One> {}

/** A named result. In a spiking network it is the mean of its input over the time steps so far, or its input as it is if that is in the analog head. */
export interface OutputNode extends Node<'output', One> {}

/** A node of a network, told apart by `op`. */
export type NetworkNode =
  | InputNode
  | Conv2dNode
  | DenseNode
  | BatchNormNode
  | ActivationNode
  | NeuronNode
  | QuantizeNode
  | ScaleNode
  | AvgPoolNode
  | MaxPoolNode
  | GlobalAvgPoolNode
  | AddNode
  | ConcatNode
  | SplitNode
  | ChannelShuffleNode
  | UpsampleNode
  | DepthToSpaceNode
  | PadNode
  | SubsampleNode
  | FlattenNode
  | ReshapeNode
  | GatherNode
  | FunctionNode
  | CombineNode
  | SoftmaxNode
  | ArgMaxNode
  | OutputNode;

export type Op = NetworkNode['op'];
export type NodeOf<O extends Op> = Extract<NetworkNode, { readonly op: O }>;

/** A layer with weights. */
export type WeightedNode = Conv2dNode | DenseNode;
