import type { Network, NetworkBuilder, NetworkNode, Padding, Pair, Shape } from '@rheobase/network';
import {
  float32Parameter,
  indicesParameter,
  networkBuilder,
  noPadding,
  sizeOf,
  slidingOutput,
} from '@rheobase/network';
import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { RandomSite } from './random-site.js';
import { reluSite } from './random-site.js';
import { randomChance, randomChoice, randomParameter } from './random-values.js';

/**
 * What a random network may contain in addition to plain convolutions, sites and a dense read-out.
 *
 * - `batchNorm`: directly after convolutions and dense layers that nothing else reads
 * - `groupedConv`: several groups, sometimes depthwise; `dilatedConv`; `stridedConv`
 * - `unevenPadding`: a different amount on each side
 * - `residual`: blocks whose shortcut is the identity, subsampling with channel padding, or a 1×1 convolution
 * - `branches`: two convolutions of one value, concatenated
 * - `channelSplit`: split, a convolution on one part, concat, channelShuffle
 * - `denseHidden`: a dense layer with a site before the read-out
 * - `secondOutput`: a second output, from halfway through the network
 * - `extremeGeometry`: images of one row, column or channel; padding at least as wide as the window; strides larger than the kernel; kernels dilated
 *   beyond the image; poolings of 1×1 windows, with padding on any side
 */
export const randomFeatures = [
  'batchNorm',
  'groupedConv',
  'dilatedConv',
  'stridedConv',
  'unevenPadding',
  'residual',
  'branches',
  'channelSplit',
  'avgPool',
  'maxPool',
  'upsample',
  'subsample',
  'pad',
  'reshape',
  'denseHidden',
  'secondOutput',
  'extremeGeometry',
] as const;

/**
 * What no trained network has but the format allows; only for testing code that must run every valid network.
 *
 * - `scale`: by a factor per layer, channel or element, some 0 or negative
 * - `sumPool`: average poolings without their division
 * - `otherAxes`: sites on values of 2, 4 or 5 axes
 * - `depthToSpace`: blocks of 1 or 2 pixels, after a convolution that computes their channels; no trained network used here has it
 * - `gather`: elements of an image in another order, some of them twice or not at all, and zeros
 * - `analogHead`: functions, products and softmax behind the read-out and behind an image, with layers, poolings and additions among them
 */
export const unusualFeatures = ['scale', 'sumPool', 'otherAxes', 'depthToSpace', 'gather', 'analogHead'] as const;
export type RandomFeature = (typeof randomFeatures)[number] | (typeof unusualFeatures)[number];

export interface RandomNetworkOptions {
  /** Default: {@link reluSite}. */
  readonly site?: RandomSite;
  /** Default: all except `maxPool`, the only one that is not linear in spikes. */
  readonly features?: readonly RandomFeature[];
  /** Number of blocks between input and read-out. Default: 1 to 4. */
  readonly blocks?: number;
  /** Input of the read-out: with `mean` the mean of every channel, which works for any image size; with `any` sometimes every element. Default: `any`. */
  readonly readOut?: 'any' | 'mean';
}

/** Default of {@link RandomNetworkOptions.features}. */
export const convertibleFeatures: readonly RandomFeature[] = randomFeatures.filter((feature) => feature !== 'maxPool');

/** A node's name and the shape of its value. */
interface Value {
  readonly name: string;
  readonly shape: Shape;
}
interface Image extends Value {
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** The state of generating a network: randomness, options and the network so far. */
interface Sketch {
  readonly random: RandomGenerator;
  readonly site: RandomSite;
  readonly builder: NetworkBuilder;
  has(feature: RandomFeature): boolean;
  /** A name not yet used, such as `conv3`. */
  fresh(stem: string): string;
}

const int = (sketch: Sketch, least: number, most: number): number => uniformInt(sketch.random, least, most);
const pair = (sketch: Sketch, least: number, most: number): Pair => [
  int(sketch, least, most),
  int(sketch, least, most),
];

function paddingUpTo(sketch: Sketch, most: number): Padding {
  const amount = int(sketch, 0, most);
  if (!sketch.has('unevenPadding')) return { top: amount, bottom: amount, left: amount, right: amount };
  return { top: int(sketch, 0, most), bottom: int(sketch, 0, most), left: amount, right: int(sketch, 0, most) };
}

/** Independent padding on each side, mostly none. */
function sparsePadding(sketch: Sketch, [most, mostAcross]: Pair): Padding {
  const side = (limit: number): number => (randomChance(sketch.random, 0.5) ? 0 : int(sketch, 0, limit));
  return { top: side(most), bottom: side(most), left: side(mostAcross), right: side(mostAcross) };
}

/** Whether the next draw is to be extreme. Not for images that grew, as they would grow further. */
function drawsExtreme(sketch: Sketch, [height, width]: Image['shape']): boolean {
  return sketch.has('extremeGeometry') && height * width <= 100 && randomChance(sketch.random, 0.5);
}

function dividers(a: number, b: number): readonly number[] {
  return Array.from({ length: Math.min(a, b) }, (_, i) => i + 1).filter((n) => a % n === 0 && b % n === 0);
}

function batchNorm(sketch: Sketch, input: string, channels: number): string {
  const { random, builder } = sketch;
  return builder.batchNorm(sketch.fresh('norm'), input, {
    scale: randomParameter(random, 'scale', [channels], 0.5, 1.5),
    offset: randomParameter(random, 'bias', [channels], -0.3, 0.3),
    mean: randomParameter(random, 'statistic', [channels], -0.3, 0.3),
    variance: randomParameter(random, 'statistic', [channels], 0.3, 2),
    epsilon: 1e-5,
  });
}

interface ConvolutionForm {
  readonly filters: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/** A convolution, half of the time with a batch norm. Weights preserve the variance of a non-negative input. */
function convolution(sketch: Sketch, input: Image, form: ConvolutionForm): Image {
  const { random, builder } = sketch;
  const { filters, kernel, stride, padding, dilation, groups } = form;
  const [height, width, channels] = input.shape;
  const perGroup = channels / groups;
  const bound = Math.sqrt(6 / (kernel[0] * kernel[1] * perGroup));
  const normalized = sketch.has('batchNorm') && randomChance(random, 0.5);
  const conv = builder.conv2d(sketch.fresh('conv'), input.name, {
    weight: randomParameter(random, 'weight', [...kernel, perGroup, filters], -bound, bound),
    ...(randomChance(random, 0.6) && { bias: randomParameter(random, 'bias', [filters], -0.3, 0.3) }),
    stride,
    padding,
    dilation,
    groups,
  });
  return {
    name: normalized ? batchNorm(sketch, conv, filters) : conv,
    shape: [
      slidingOutput(height, kernel[0], stride[0], padding.top, padding.bottom, dilation[0]),
      slidingOutput(width, kernel[1], stride[1], padding.left, padding.right, dilation[1]),
      filters,
    ],
  };
}

type Walk = Pick<ConvolutionForm, 'kernel' | 'padding' | 'dilation' | 'stride'>;

/** The usual geometry of a convolution: kernels of 1 to 3. */
function usualWalk(sketch: Sketch): Walk {
  const kernel = pair(sketch, 1, 3);
  const padding = paddingUpTo(sketch, 2);
  const dilation: Pair = sketch.has('dilatedConv') && randomChance(sketch.random, 0.3) ? pair(sketch, 1, 2) : [1, 1];
  const stride: Pair = sketch.has('stridedConv') && randomChance(sketch.random, 0.4) ? pair(sketch, 1, 2) : [1, 1];
  return { kernel, padding, dilation, stride };
}

/** Padding at least as wide as the kernel, strides larger than it, dilation up to beyond the image. */
function extremeWalk(sketch: Sketch, [height, width]: Image['shape']): Walk {
  const kernel = pair(sketch, 1, 3);
  const dilated = sketch.has('dilatedConv') && randomChance(sketch.random, 0.4);
  return {
    kernel,
    padding: sparsePadding(sketch, [kernel[0] + 2, kernel[1] + 2]),
    dilation: dilated ? [int(sketch, 1, height + 1), int(sketch, 1, width + 1)] : [1, 1],
    stride: sketch.has('stridedConv') ? pair(sketch, 1, 5) : [1, 1],
  };
}

/** A form that fits the input, within the allowed features. */
function anyForm(sketch: Sketch, shape: Image['shape']): ConvolutionForm {
  const [height, width, channels] = shape;
  const filters = int(sketch, 1, 6);
  const { kernel, padding, dilation, stride } = drawsExtreme(sketch, shape)
    ? extremeWalk(sketch, shape)
    : usualWalk(sketch);
  const depthwise = sketch.has('groupedConv') && randomChance(sketch.random, 0.2);
  const groups = sketch.has('groupedConv') ? randomChoice(sketch.random, dividers(channels, filters)) : 1;
  const form: ConvolutionForm = {
    filters: depthwise ? channels * int(sketch, 1, 2) : filters,
    kernel,
    stride,
    padding,
    dilation,
    groups: depthwise ? channels : groups,
  };
  const fits =
    slidingOutput(height, kernel[0], stride[0], padding.top, padding.bottom, dilation[0]) >= 1 &&
    slidingOutput(width, kernel[1], stride[1], padding.left, padding.right, dilation[1]) >= 1;
  return fits ? form : { ...form, kernel: [1, 1] };
}

/** A form with an odd kernel that divides height and width by `stride`, rounding up. */
function centredForm(
  sketch: Sketch,
  filters: number,
  stride: Pair,
  kernel = randomChoice(sketch.random, [1, 3]),
): ConvolutionForm {
  const around = (kernel - 1) / 2;
  return {
    filters,
    kernel: [kernel, kernel],
    stride,
    padding: { top: around, bottom: around, left: around, right: around },
    dilation: [1, 1],
    groups: 1,
  };
}

function site<V extends Value>(sketch: Sketch, input: V): V {
  const { builder, random, site: kind } = sketch;
  const definition = kind.define(random, input.shape);
  return { ...input, name: builder[kind.op](sketch.fresh('site'), input.name, definition) };
}

function plain(sketch: Sketch, node: NetworkNode, shape: Image['shape']): Image {
  return { name: sketch.builder.node(node), shape };
}

function residualBlock(sketch: Sketch, input: Image): Image {
  const { random } = sketch;
  const [height, width, channels] = input.shape;
  const shortcut = randomChoice(random, ['identity', 'subsample', 'conv'] as const);
  const stride: Pair =
    shortcut === 'identity'
      ? [1, 1]
      : randomChoice(random, [
          [1, 1],
          [2, 2],
        ] as const);
  const grown = shortcut === 'identity' ? 0 : int(sketch, 0, 3);
  const filters = channels + grown;
  const shape = [Math.ceil(height / stride[0]), Math.ceil(width / stride[1]), filters] as const;
  const first = site(sketch, convolution(sketch, input, centredForm(sketch, int(sketch, 1, 5), stride)));
  const second = convolution(sketch, first, centredForm(sketch, filters, [1, 1]));
  const around = (): Image => {
    switch (shortcut) {
      case 'identity':
        return input;
      case 'conv':
        return convolution(sketch, input, centredForm(sketch, filters, stride, 1));
      case 'subsample': {
        const fewer = plain(
          sketch,
          { op: 'subsample', name: sketch.fresh('subsample'), inputs: [input.name], stride },
          [shape[0], shape[1], channels],
        );
        const before = Math.floor(grown / 2);
        const extra = { before, after: grown - before };
        return plain(
          sketch,
          { op: 'pad', name: sketch.fresh('pad'), inputs: [fewer.name], padding: noPadding, channels: extra },
          shape,
        );
      }
    }
  };
  const sum = plain(sketch, { op: 'add', name: sketch.fresh('add'), inputs: [second.name, around().name] }, shape);
  return site(sketch, sum);
}

function concat(sketch: Sketch, parts: readonly [Image, Image]): Image {
  const [a, b] = parts;
  return plain(sketch, { op: 'concat', name: sketch.fresh('concat'), inputs: [a.name, b.name] }, [
    a.shape[0],
    a.shape[1],
    a.shape[2] + b.shape[2],
  ]);
}

function branches(sketch: Sketch, input: Image): Image {
  const branch = () => site(sketch, convolution(sketch, input, centredForm(sketch, int(sketch, 1, 3), [1, 1])));
  return concat(sketch, [branch(), branch()]);
}

function channelSplit(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  if (channels < 2) return branches(sketch, input);
  const first = int(sketch, 1, channels - 1);
  const sizes = [first, channels - first];
  const part = (index: 0 | 1): Image =>
    plain(sketch, { op: 'split', name: sketch.fresh('split'), inputs: [input.name], sizes, part: index }, [
      height,
      width,
      index === 0 ? first : channels - first,
    ]);
  const kept = part(0);
  const worked = site(sketch, convolution(sketch, part(1), centredForm(sketch, int(sketch, 1, 3), [1, 1])));
  const joined = concat(sketch, [kept, worked]);
  const groups = randomChoice(sketch.random, dividers(joined.shape[2], joined.shape[2]));
  return plain(
    sketch,
    { op: 'channelShuffle', name: sketch.fresh('shuffle'), inputs: [joined.name], groups },
    joined.shape,
  );
}

function pooling(sketch: Sketch, input: Image, op: 'avgPool' | 'maxPool'): Image {
  const [height, width, channels] = input.shape;
  const extreme = drawsExtreme(sketch, input.shape);
  const single = op === 'avgPool' && extreme && randomChance(sketch.random, 0.5);
  const size: Pair = single ? [1, 1] : [int(sketch, 1, Math.min(3, height)), int(sketch, 1, Math.min(3, width))];
  const divisors = sketch.has('sumPool') ? (['window', 'inside', 'none'] as const) : (['window', 'inside'] as const);
  const divisor = single ? 'window' : randomChoice(sketch.random, divisors);
  const stride = pair(sketch, 1, extreme ? 4 : 2);
  // If padding does not count, every window must reach into the image.
  const beyond = op === 'avgPool' && divisor !== 'inside' ? 1 : -1;
  const padding = extreme
    ? sparsePadding(sketch, [size[0] + beyond, size[1] + beyond])
    : paddingUpTo(sketch, Math.min(...size) - 1);
  const common = { name: sketch.fresh('pool'), inputs: [input.name] as const, size, stride, padding };
  const shape = [
    slidingOutput(height, size[0], stride[0], padding.top, padding.bottom),
    slidingOutput(width, size[1], stride[1], padding.left, padding.right),
    channels,
  ] as const;
  if (op === 'maxPool') return plain(sketch, { op, ...common }, shape);
  return plain(sketch, { op, ...common, divisor }, shape);
}

function upsampling(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  const factor: Pair = height * width > 36 ? [1, 1] : pair(sketch, 1, 3);
  const method = randomChoice(sketch.random, ['nearest', 'bilinear'] as const);
  return plain(sketch, { op: 'upsample', name: sketch.fresh('upsample'), inputs: [input.name], factor, method }, [
    height * factor[0],
    width * factor[1],
    channels,
  ]);
}

function depthToSpace(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  const block = height * width > 36 ? 1 : int(sketch, 1, 2);
  const deep = convolution(sketch, input, centredForm(sketch, channels * block ** 2, [1, 1]));
  // Moves spikes as well as currents.
  const from = randomChance(sketch.random, 0.5) ? site(sketch, deep) : deep;
  return plain(sketch, { op: 'depthToSpace', name: sketch.fresh('depth'), inputs: [from.name], block }, [
    height * block,
    width * block,
    channels,
  ]);
}

function subsampling(sketch: Sketch, input: Image): Image {
  const stride = pair(sketch, 1, 3);
  const [height, width, channels] = input.shape;
  return plain(sketch, { op: 'subsample', name: sketch.fresh('subsample'), inputs: [input.name], stride }, [
    Math.ceil(height / stride[0]),
    Math.ceil(width / stride[1]),
    channels,
  ]);
}

function padding(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  const around = paddingUpTo(sketch, 1);
  const extra = { before: int(sketch, 0, 1), after: int(sketch, 0, 1) };
  return plain(
    sketch,
    { op: 'pad', name: sketch.fresh('pad'), inputs: [input.name], padding: around, channels: extra },
    [height + around.top + around.bottom, width + around.left + around.right, channels + extra.before + extra.after],
  );
}

function reshaping(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  const shape = [width, height, channels] as const;
  return plain(sketch, { op: 'reshape', name: sketch.fresh('reshape'), inputs: [input.name], shape }, shape);
}

function scaling(sketch: Sketch, input: Image): Image {
  const { random, builder } = sketch;
  const name = sketch.fresh('scale');
  const shape = randomChoice(random, [[], input.shape.slice(-1), input.shape]);
  const { data } = randomParameter(random, 'scale', shape, -1, 2);
  const factors = data.map((factor) => (randomChance(random, 0.2) ? 0 : factor));
  const factor = builder.parameter(`${name}.factor`, float32Parameter('scale', shape, factors));
  return plain(sketch, { op: 'scale', name, inputs: [input.name], factor }, input.shape);
}

function gathering(sketch: Sketch, input: Image): Image {
  const { random, builder } = sketch;
  const name = sketch.fresh('gather');
  const [height, width, channels] = input.shape;
  const shape = randomChoice(random, [input.shape, [width, height, channels], [height, 1, channels]] as const);
  const size = height * width * channels;
  // In half of them runs of elements, backwards or forwards, as slices and transpositions have them.
  const stride = randomChoice(random, [1, -1, channels, width]);
  const runs = randomChance(random, 0.5);
  const indices = Array.from({ length: sizeOf(shape) }, (_, i) => {
    if (randomChance(random, 0.1)) return -1;
    return runs ? (((i * stride) % size) + size) % size : int(sketch, 0, size - 1);
  });
  const places = builder.parameter(`${name}.indices`, indicesParameter(shape, indices));
  return plain(sketch, { op: 'gather', name, inputs: [input.name], indices: places }, shape);
}

const headFunctions = [
  { function: 'sigmoid', attributes: {} },
  { function: 'tanh', attributes: {} },
  { function: 'hardswish', attributes: {} },
  { function: 'gelu', attributes: {} },
  { function: 'elu', attributes: { alpha: 0.5 } },
  { function: 'clip', attributes: { min: -0.2, max: 0.4 } },
  { function: 'abs', attributes: {} },
] as const;

function headFunction<V extends Value>(sketch: Sketch, input: V): V {
  const name = sketch.fresh('function');
  const chosen = randomChoice(sketch.random, headFunctions);
  return { ...input, name: sketch.builder.node({ op: 'function', name, inputs: [input.name], ...chosen }) };
}

function combined<V extends Value>(sketch: Sketch, a: V, b: V): V {
  const name = sketch.fresh('combine');
  const chosen = randomChoice(sketch.random, ['multiply', 'maximum', 'minimum'] as const);
  return { ...a, name: sketch.builder.node({ op: 'combine', name, inputs: [a.name, b.name], function: chosen }) };
}

function softmax<V extends Value>(sketch: Sketch, input: V): V {
  const log = randomChance(sketch.random, 0.3);
  const name = sketch.fresh('softmax');
  return { ...input, name: sketch.builder.node({ op: 'softmax', name, inputs: [input.name], log }) };
}

/** Operations on a vector of the body that end in an output. */
function vectorHead(sketch: Sketch, input: Value): void {
  const { random, builder } = sketch;
  let value = headFunction(sketch, input);
  for (let more = int(sketch, 0, 3); more > 0; more -= 1) {
    const next: readonly (() => Value)[] = [
      () => headFunction(sketch, value),
      () => softmax(sketch, value),
      () => combined(sketch, value, input),
      () => ({
        ...value,
        name: builder.node({ op: 'add', name: sketch.fresh('add'), inputs: [value.name, input.name] }),
      }),
      () => ({ ...value, name: dense(sketch, value, value.shape[0] ?? 1).name }),
    ];
    value = randomChoice(random, next)();
  }
  builder.output(sketch.fresh('output'), value.name);
}

/** Operations on an image of the body that end in an output: a gate, and then whatever images have. */
function imageHead(sketch: Sketch, input: Image): void {
  const { random, builder } = sketch;
  const gated = combined(sketch, headFunction(sketch, input), input);
  const next: readonly (() => Image)[] = [
    () => gated,
    () => softmax(sketch, gated),
    () => convolution(sketch, gated, anyForm(sketch, gated.shape)),
    () => gathering(sketch, gated),
    () => concat(sketch, [gated, input]),
    () => pooling(sketch, gated, 'avgPool'),
    () => pooling(sketch, gated, 'maxPool'),
    () => upsampling(sketch, gated),
  ];
  builder.output(sketch.fresh('output'), randomChoice(random, next)().name);
}

/** A site on the same elements reshaped to other axes, and back to an image. */
function otherAxes(sketch: Sketch, input: Image): Image {
  const [height, width, channels] = input.shape;
  const shape = randomChoice(sketch.random, [
    [height * width, channels],
    [width, channels * height],
    [height, 1, width, channels],
    [1, width, channels, height],
    [height, width, 1, channels, 1],
    [channels, 1, height, 1, width],
  ]);
  const reshaped = (from: string, to: Shape): string =>
    sketch.builder.node({ op: 'reshape', name: sketch.fresh('reshape'), inputs: [from], shape: to });
  const fired = site(sketch, { name: reshaped(input.name, shape), shape });
  return { name: reshaped(fired.name, input.shape), shape: input.shape };
}

/** A random allowed block; a convolution with a site is always allowed, and as likely as all others together. */
function block(sketch: Sketch, input: Image): Image {
  const others: Partial<Record<RandomFeature, (sketch: Sketch, input: Image) => Image>> = {
    residual: residualBlock,
    branches,
    channelSplit,
    avgPool: (_, image) => pooling(sketch, image, 'avgPool'),
    maxPool: (_, image) => pooling(sketch, image, 'maxPool'),
    upsample: upsampling,
    subsample: subsampling,
    pad: padding,
    reshape: reshaping,
    scale: scaling,
    otherAxes,
    depthToSpace,
    gather: gathering,
  };
  const allowed = [...randomFeatures, ...unusualFeatures].flatMap((feature) => {
    const make = sketch.has(feature) ? others[feature] : undefined;
    return make === undefined ? [] : [make];
  });
  if (allowed.length > 0 && randomChance(sketch.random, 0.6)) {
    return randomChoice(sketch.random, allowed)(sketch, input);
  }
  return site(sketch, convolution(sketch, input, anyForm(sketch, input.shape)));
}

function dense(sketch: Sketch, input: Value, width: number): Value {
  const { random, builder } = sketch;
  const [from = 1] = input.shape;
  const bound = Math.sqrt(3 / from);
  const name = builder.dense(sketch.fresh('dense'), input.name, {
    weight: randomParameter(random, 'weight', [from, width], -bound, bound),
    ...(randomChance(random, 0.7) && { bias: randomParameter(random, 'bias', [width], -0.3, 0.3) }),
  });
  return { name, shape: [width] };
}

function readOut(sketch: Sketch, input: Image, from: 'any' | 'mean'): void {
  const { random, builder } = sketch;
  const [height, width, channels] = input.shape;
  const mean = randomChance(random, 0.5) || from === 'mean';
  let vector: Value = mean
    ? {
        name: builder.node({ op: 'globalAvgPool', name: sketch.fresh('mean'), inputs: [input.name] }),
        shape: [channels],
      }
    : {
        name: builder.node({ op: 'flatten', name: sketch.fresh('flatten'), inputs: [input.name] }),
        shape: [height * width * channels],
      };
  if (sketch.has('denseHidden') && randomChance(random, 0.4)) {
    const hidden = dense(sketch, vector, int(sketch, 2, 7));
    const normalized = sketch.has('batchNorm') && randomChance(random, 0.5);
    const name = normalized ? batchNorm(sketch, hidden.name, hidden.shape[0] ?? 1) : hidden.name;
    vector = site(sketch, { ...hidden, name });
  }
  const scores = dense(sketch, vector, int(sketch, 2, 5));
  if (sketch.has('analogHead') && randomChance(random, 0.7)) vectorHead(sketch, scores);
  else builder.output(sketch.fresh('output'), scores.name);
  if (sketch.has('analogHead') && randomChance(random, 0.5)) imageHead(sketch, input);
}

/** 3 to 8 rows and columns and 1 to 4 channels; with extreme geometry, sometimes one row or column. */
function imageShape(sketch: Sketch): Image['shape'] {
  const [height, width, channels] = [int(sketch, 3, 8), int(sketch, 3, 8), int(sketch, 1, 4)];
  if (!sketch.has('extremeGeometry') || !randomChance(sketch.random, 0.2)) return [height, width, channels];
  return randomChoice(sketch.random, [
    [1, width, channels],
    [height, 1, channels],
    [1, width, 1],
    [1, 1, channels],
  ] as const);
}

/**
 * A small, valid network with random structure and float32 parameters; the same generator and options give the same network. Its one input is an
 * image of 3 to 8 rows and columns (with `extremeGeometry` also 1) and 1 to 4 channels, for values from 0 to 1 (or −1 to 1): weights are scaled to
 * keep values of that order. Every block ends in a site, except those that only move values.
 */
export function randomNetwork(random: RandomGenerator, options: RandomNetworkOptions = {}): Network {
  const { site: kind = reluSite, features = convertibleFeatures } = options;
  const blocks = options.blocks ?? uniformInt(random, 1, 4);
  const counts = new Map<string, number>();
  const builder = networkBuilder();
  const sketch: Sketch = {
    random,
    site: kind,
    builder,
    has: (feature) => features.includes(feature),
    fresh: (stem) => {
      const count = (counts.get(stem) ?? 0) + 1;
      counts.set(stem, count);
      return `${stem}${count}`;
    },
  };
  const shape = imageShape(sketch);
  let image: Image = { name: builder.input('image', shape), shape };
  for (let i = 0; i < blocks; i += 1) {
    image = block(sketch, image);
    if (i === 0 && sketch.has('secondOutput') && randomChance(random, 0.15)) {
      const second = convolution(sketch, image, centredForm(sketch, int(sketch, 1, 3), [1, 1], 1));
      builder.output(sketch.fresh('output'), second.name);
    }
  }
  readOut(sketch, image, options.readOut ?? 'any');
  return builder.build();
}

/**
 * Random networks for fast-check. A counterexample shrinks towards fewer blocks, and prints as its seed and the
 * operations of its nodes.
 */
export function networkArbitrary(options: Omit<RandomNetworkOptions, 'blocks'> = {}): fc.Arbitrary<Network> {
  return fc
    .record({ blocks: fc.integer({ min: 0, max: 4 }), seed: fc.noShrink(fc.integer()) })
    .map(({ blocks, seed }) => {
      const network = randomNetwork(xoroshiro128plus(seed), { ...options, blocks });
      const nodes = network.nodes.map((node) => `${node.name}(${node.inputs.join(', ')})`).join(' ');
      return Object.defineProperty(network, fc.toStringMethod, {
        value: () => `randomNetwork(xoroshiro128plus(${seed}), { …, blocks: ${blocks} }): ${nodes}`,
      });
    });
}
