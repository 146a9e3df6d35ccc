import type { Network, Option, Padding, Pair, Shape } from '@rheobase/network';
import {
  choice,
  constantParameter,
  describeShape,
  networkBuilder,
  noPadding,
  shapeAt,
  sizeOf,
  slidingOutput,
} from '@rheobase/network';
import type { ActivationFactory } from './activation-sites.js';
import type { Initialization } from './initialization.js';
import { traceless } from './options.js';
import { heNormalDense, heNormalKernel, identityBatchNorm, zeroBias } from './initialization.js';

/** The pooling between stages. In spiking networks `average` is cheaper: a maximum has to be taken over accumulated spikes. */
const poolings = ['average', 'max'] as const;
export type Pooling = (typeof poolings)[number];

/** The option of a model that says which pooling it has. */
export function poolingOption(summary: string, standard: Pooling): Option<Pooling> {
  return traceless(choice(summary, poolings, standard));
}

/** Adds layers with new parameters to a network, keeping track of shapes. Each method returns the new node's name. */
export interface Layers {
  input(name: string, shape: Shape): string;
  convolution(
    name: string,
    input: string,
    options: {
      readonly filters: number;
      readonly kernel: number;
      readonly stride?: number;
      readonly padding?: Padding;
      readonly groups?: number;
      readonly bias?: 'zeros' | 'none';
    },
  ): string;
  batchNorm(name: string, input: string, epsilon?: number): string;
  activation(name: string, input: string): string;
  /** @param gain factor on the initial weights; default: 1 */
  dense(name: string, input: string, units: number, gain?: number): string;
  /** A pooling whose average counts the padding. */
  pool(
    name: string,
    input: string,
    options: { readonly pooling: Pooling; readonly size: number; readonly stride: number; readonly padding?: Padding },
  ): string;
  globalAveragePool(name: string, input: string): string;
  subsample(name: string, input: string, stride: number): string;
  /** Zero channels before and after those there are. */
  padChannels(name: string, input: string, before: number, after: number): string;
  add(name: string, inputs: readonly string[]): string;
  /** Joins images of one size along their channels. */
  concat(name: string, inputs: readonly string[]): string;
  /** The channels cut in two: nodes `<name>.0` and `<name>.1`. */
  halve(name: string, input: string): readonly [first: string, second: string];
  /** ShuffleNet's channel shuffle: channels as `[groups, C/groups]`, transposed. */
  shuffle(name: string, input: string, groups: number): string;
  /** An image enlarged by a whole factor, each pixel repeated. */
  upsample(name: string, input: string, factor: number): string;
  flatten(name: string, input: string): string;
  output(name: string, input: string): string;
  /** The shape of a node's value: `[H, W, C]` or `[C]`. */
  shapeOf(node: string): Shape;
  /** The shape of an image `[H, W, C]`. */
  imageAt(node: string): readonly [height: number, width: number, channels: number];
  build(metadata: Readonly<Record<string, string>>): Network;
}

/** An empty {@link Layers}. */
export function layers({
  activation: activationAt,
  initialization,
  seed,
}: {
  readonly activation: ActivationFactory;
  readonly initialization: Initialization;
  readonly seed: number;
}): Layers {
  const builder = networkBuilder();
  const shapes = new Map<string, Shape>();

  const placed = (name: string, shape: Shape): string => {
    shapes.set(name, shape);
    return name;
  };
  const imageAt = (node: string): readonly [number, number, number] => {
    const shape = shapeAt(shapes, node);
    const [height, width, channels] = shape;
    if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
      throw new Error(`The layer '${node}' gives ${describeShape(shape)} where an image [H, W, C] is needed.`);
    }
    return [height, width, channels];
  };
  const windowed = (name: string, input: string, size: number, stride: number, padding: Padding): Pair => {
    const [height, width] = imageAt(input);
    const rows = slidingOutput(height, size, stride, padding.top, padding.bottom);
    const columns = slidingOutput(width, size, stride, padding.left, padding.right);
    if (rows < 1 || columns < 1) {
      throw new Error(
        `The layer '${name}' has an empty output: its ${size}×${size} window does not fit into ${height}×${width}. ` +
          `Give the network a larger inputShape than ${describeShape(shapes.values().next().value ?? [])}.`,
      );
    }
    return [rows, columns];
  };
  const sameValue = (name: string, input: string): string => placed(name, shapeAt(shapes, input));

  return {
    input: (name, shape) => placed(builder.input(name, shape), shape),
    convolution: (name, input, { filters, kernel, stride = 1, padding = noPadding, groups = 1, bias = 'none' }) => {
      const [, , channels] = imageAt(input);
      const [rows, columns] = windowed(name, input, kernel, stride, padding);
      const shape = [kernel, kernel, channels / groups, filters] as const;
      builder.conv2d(name, input, {
        weight:
          initialization === 'zeros'
            ? constantParameter('weight', shape, 0)
            : heNormalKernel(shape, groups, seed, `${name}.weight`),
        ...(bias === 'zeros' && { bias: zeroBias(filters) }),
        stride: [stride, stride],
        padding,
        groups,
      });
      return placed(name, [rows, columns, filters]);
    },
    batchNorm: (name, input, epsilon = 1e-5) => {
      const channels = shapeAt(shapes, input).at(-1) ?? 0;
      builder.batchNorm(name, input, { ...identityBatchNorm(channels), epsilon });
      return sameValue(name, input);
    },
    activation: (name, input) => {
      builder.activation(name, input, activationAt(name));
      return sameValue(name, input);
    },
    dense: (name, input, units, gain = 1) => {
      const shape = [sizeOf(shapeAt(shapes, input)), units] as const;
      builder.dense(name, input, {
        weight:
          initialization === 'zeros'
            ? constantParameter('weight', shape, 0)
            : heNormalDense(shape, seed, `${name}.weight`, gain),
        bias: zeroBias(units),
      });
      return placed(name, [units]);
    },
    pool: (name, input, { pooling, size, stride, padding = noPadding }) => {
      const [rows, columns] = windowed(name, input, size, stride, padding);
      const common = { name, inputs: [input], size: [size, size], stride: [stride, stride], padding } as const;
      builder.node(
        pooling === 'average' ? { op: 'avgPool', ...common, divisor: 'window' } : { op: 'maxPool', ...common },
      );
      return placed(name, [rows, columns, imageAt(input)[2]]);
    },
    globalAveragePool: (name, input) => {
      builder.node({ op: 'globalAvgPool', name, inputs: [input] });
      return placed(name, [imageAt(input)[2]]);
    },
    subsample: (name, input, stride) => {
      const [height, width, channels] = imageAt(input);
      builder.node({ op: 'subsample', name, inputs: [input], stride: [stride, stride] });
      return placed(name, [Math.ceil(height / stride), Math.ceil(width / stride), channels]);
    },
    padChannels: (name, input, before, after) => {
      const [height, width, channels] = imageAt(input);
      builder.node({ op: 'pad', name, inputs: [input], padding: noPadding, channels: { before, after } });
      return placed(name, [height, width, before + channels + after]);
    },
    add: (name, inputs) => {
      builder.node({ op: 'add', name, inputs });
      return sameValue(name, inputs[0] ?? '');
    },
    concat: (name, inputs) => {
      const images = inputs.map(imageAt);
      const [[height, width]] = [images[0] ?? [0, 0]];
      if (images.some(([rows, columns]) => rows !== height || columns !== width)) {
        throw new Error(
          `The layer '${name}' joins images of different sizes (${images.map((shape) => describeShape(shape)).join(', ')}). ` +
            'Give the network an inputShape whose height and width are multiples of its largest stride.',
        );
      }
      builder.node({ op: 'concat', name, inputs });
      return placed(name, [height, width, images.reduce((sum, [, , channels]) => sum + channels, 0)]);
    },
    halve: (name, input) => {
      const [height, width, channels] = imageAt(input);
      const sizes = [Math.ceil(channels / 2), Math.floor(channels / 2)];
      const part = (index: 0 | 1): string => {
        builder.node({ op: 'split', name: `${name}.${index}`, inputs: [input], sizes, part: index });
        return placed(`${name}.${index}`, [height, width, sizes[index] ?? 0]);
      };
      return [part(0), part(1)];
    },
    shuffle: (name, input, groups) => {
      builder.node({ op: 'channelShuffle', name, inputs: [input], groups });
      return sameValue(name, input);
    },
    upsample: (name, input, factor) => {
      const [height, width, channels] = imageAt(input);
      builder.node({ op: 'upsample', name, inputs: [input], factor: [factor, factor], method: 'nearest' });
      return placed(name, [height * factor, width * factor, channels]);
    },
    flatten: (name, input) => {
      builder.node({ op: 'flatten', name, inputs: [input] });
      return placed(name, [sizeOf(shapeAt(shapes, input))]);
    },
    output: (name, input) => {
      builder.output(name, input);
      return sameValue(name, input);
    },
    shapeOf: (node) => shapeAt(shapes, node),
    imageAt,
    build: (metadata) => builder.build(metadata),
  };
}
