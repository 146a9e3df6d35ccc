import { type Registry, registry, unknownName } from '@rheobase/network';

/**
 * How a pixel becomes a network's input: `(x / scale − mean) / std`, channel by channel, x in 0…255, the channels in the order that the
 * network was trained with.
 */
export interface Normalization {
  readonly name: string;
  readonly summary: string;
  /** What pixels are divided by first: 255, or 1 for networks that take raw pixels. */
  readonly scale: number;
  /** One figure for each channel, or a single one that holds for all. */
  readonly mean: readonly number[];
  /** As `mean`; positive. */
  readonly std: readonly number[];
  /** `reversed` for networks that take blue before red; figures are in the network's order; default: `as-read`. */
  readonly channelOrder?: 'as-read' | 'reversed';
}

/** The figures that most programs use for CIFAR-10. */
const cifar10ByImage = { scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] } as const;

const known: readonly Normalization[] = [
  {
    name: 'imagenet',
    summary: 'x/255, then ImageNet’s channel means and mean deviation within an image, as torchvision has them',
    scale: 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  { ...cifar10ByImage, name: 'cifar10', summary: 'the same as cifar10-image-std' },
  {
    ...cifar10ByImage,
    name: 'cifar10-image-std',
    summary: 'x/255, then CIFAR-10’s channel means and mean deviation within an image (0.2023, 0.1994, 0.2010)',
  },
  {
    name: 'cifar10-channel-std',
    summary: 'x/255, then CIFAR-10’s channel means and deviations over all pixels (0.2470, 0.2435, 0.2616)',
    scale: 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  },
  {
    name: 'cifar100',
    summary: 'x/255, then CIFAR-100’s channel means and deviations over all pixels',
    scale: 255,
    mean: [0.5071, 0.4867, 0.4408],
    std: [0.2675, 0.2565, 0.2761],
  },
  {
    name: 'mnist',
    summary: 'x/255, then MNIST’s mean and deviation over all pixels',
    scale: 255,
    mean: [0.1307],
    std: [0.3081],
  },
  { name: 'unit', summary: 'x/255: 0…1', scale: 255, mean: [0], std: [1] },
  {
    name: 'unit-bgr',
    summary: 'x/255, blue before red: networks trained on images read by OpenCV',
    scale: 255,
    mean: [0],
    std: [1],
    channelOrder: 'reversed',
  },
  { name: 'raw', summary: 'x unchanged: 0…255', scale: 1, mean: [0], std: [1] },
];

/** The normalizations known by name. */
export const defaultNormalizations: Registry<Normalization> = registry(
  'normalization',
  known.map((normalization) => [normalization.name, normalization] as const),
);

/** A normalization by its figures. */
export interface NormalizationFigures {
  /** Of pixels divided by `scale`: one figure for each channel, in the order of the network's input, or one for all. */
  readonly mean: readonly number[];
  /** As `mean`; positive. */
  readonly std: readonly number[];
  /** What pixels are divided by first; default: 255. */
  readonly scale?: number | undefined;
  /** `bgr` for networks that take blue before red; default: `rgb`. */
  readonly channelOrder?: 'rgb' | 'bgr' | undefined;
}

/** What {@link figuresName} gives. */
export const figuresPattern: RegExp = /^mean( -?[\d.e+-]+)+ std( [\d.e+-]+)+( scale [\d.e+-]+)?( bgr)?$/;

/**
 * The name of a normalization with your own figures, which contains them: `mean 0.5 0.5 0.5 std 0.25 0.25 0.25`, followed by `scale 1` and
 * `bgr` where they differ from the defaults. Whatever keeps the name of a normalization keeps these with it.
 *
 * @throws if the numbers of mean and std differ and neither is one; if one is not finite, above what pixels divided by the scale can
 *   be, or a deviation not above 0, or so small that inputs are not finite in float32; if the scale is not above 0.
 */
export function figuresName({ mean, std, scale = 255, channelOrder = 'rgb' }: NormalizationFigures): string {
  const figures = [...mean, ...std];
  if (mean.length === 0 || std.length === 0 || (mean.length !== std.length && mean.length > 1 && std.length > 1)) {
    throw new Error(
      `A normalization has a mean and a deviation for each channel, or one for all; these are ${mean.length} and ${std.length}.`,
    );
  }
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new Error(`The scale of a normalization must be above 0, not ${scale}; pixels are divided by it.`);
  }
  const greatest = 255 / scale;
  const most = Math.max(1, greatest);
  const large = figures.find((figure) => !(Math.abs(figure) <= most));
  if (large !== undefined) {
    const advice = scale === 255 ? ' Divide values of 0…255 by 255, or give a scale of 1.' : '';
    throw new Error(
      `The mean and deviation of a normalization are those of pixels divided by ${scale}, from 0 to ${most}, not ${large}.${advice}`,
    );
  }
  if (std.some((figure) => figure <= 0)) throw new Error('The deviation of a normalization must be above 0.');
  for (let channel = 0; channel < Math.max(mean.length, std.length); channel += 1) {
    const [centre = 0, spread = 1] = [mean[channel] ?? mean[0], std[channel] ?? std[0]];
    const tooSmall = tooSmallFor(centre, spread, greatest);
    if (tooSmall !== undefined) throw new Error(`The deviation of a normalization is too small: ${tooSmall}.`);
  }
  return [
    `mean ${mean.join(' ')} std ${std.join(' ')}`,
    ...(scale === 255 ? [] : [`scale ${scale}`]),
    ...(channelOrder === 'bgr' ? ['bgr'] : []),
  ].join(' ');
}

/** What is wrong with a deviation by which pixels of up to `greatest` leave the range of float32. */
function tooSmallFor(centre: number, spread: number, greatest: number): string | undefined {
  const reach = Math.max(Math.abs(centre), Math.abs(greatest - centre)) / spread;
  if (Number.isFinite(Math.fround(reach))) return undefined;
  return `with mean ${centre} and std ${spread}, inputs are not finite in float32; give the deviation of pixels divided by the scale`;
}

/**
 * A normalization by its name: one of {@link defaultNormalizations}, or one that holds its figures, as {@link figuresName} gives it.
 *
 * @throws if there is none of that name; the message lists the names.
 */
export function normalizationNamed(name: string): Normalization {
  if (!figuresPattern.test(name)) {
    if (defaultNormalizations.has(name)) return defaultNormalizations.get(name);
    throw new Error(
      `${unknownName('normalization', name, defaultNormalizations.names)} To use your own, give its mean and std.`,
    );
  }
  const { mean = [], std = [], scale: [scale = 255] = [] } = figuresIn(name);
  const channelOrder = name.endsWith(' bgr') ? 'bgr' : 'rgb';
  return {
    name: figuresName({ mean, std, scale, channelOrder }),
    summary: `${scale === 1 ? 'x' : `x/${scale}`}, then ${name}`,
    scale,
    mean,
    std,
    ...(channelOrder === 'bgr' && { channelOrder: 'reversed' }),
  };
}

/** The numbers after each word of a name. */
function figuresIn(name: string): Partial<Record<'mean' | 'std' | 'scale', readonly number[]>> {
  const parts = name.matchAll(/(mean|std|scale)((?: [^ a-z][^ ]*)+)/g);
  return Object.fromEntries(
    Array.from(parts, ([, word = '', figures = '']) => [word, figures.trim().split(' ').map(Number)]),
  );
}

/** Whether two normalizations make the same inputs of pixels. */
export function sameNormalization(one: Normalization, other: Normalization): boolean {
  const figures = ({ scale, mean, std, channelOrder = 'as-read' }: Normalization): string =>
    JSON.stringify([scale, expanded(mean, other.mean, one.mean), expanded(std, other.std, one.std), channelOrder]);
  return figures(one) === figures(other);
}

function expanded(figures: readonly number[], ...others: readonly (readonly number[])[]): readonly number[] {
  const most = Math.max(...others.map(({ length }) => length));
  return figures.length === 1 ? Array.from({ length: most }, () => figures[0] ?? 0) : figures;
}

/**
 * The name of the normalization in a network's metadata; nothing if there is none. A VGG's option of the same name, which is
 * about its layers, is none.
 */
export function normalizationIn(metadata: Readonly<Record<string, string>>): string | undefined {
  const name = metadata['normalization'];
  return name === 'batch' || name === 'none' ? undefined : name;
}

/** The figure of each channel, a single one standing for all. */
function perChannel(normalization: Normalization, field: 'mean' | 'std', channels: number): readonly number[] {
  const figures = normalization[field];
  const [only] = figures;
  if (figures.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (figures.length !== channels) {
    throw new Error(
      `normalization ${normalization.name}: ${field} has ${figures.length} values but the images have ${channels} channels; ` +
        'use one with a value for each channel, or with a single value',
    );
  }
  return figures;
}

/**
 * The network input of every pixel value: `table[channel · 256 + x]`, worked out in double precision and rounded once to float32.
 *
 * @throws if the normalization has neither one figure nor one for each channel, or if one of them is unusable.
 */
function normalizationTable(normalization: Normalization, channels: number): Float32Array {
  const { name, scale } = normalization;
  if (!(scale > 0)) throw new RangeError(`normalization ${name}: scale must be positive, is ${scale}`);
  const mean = perChannel(normalization, 'mean', channels);
  const std = perChannel(normalization, 'std', channels);
  const table = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel += 1) {
    const centre = mean[channel] ?? Number.NaN;
    const spread = std[channel] ?? Number.NaN;
    if (!Number.isFinite(centre)) throw new RangeError(`normalization ${name}: mean must be finite, is ${centre}`);
    if (!(spread > 0)) throw new RangeError(`normalization ${name}: std must be positive, is ${spread}`);
    const tooSmall = tooSmallFor(centre, spread, 255 / scale);
    if (tooSmall !== undefined) throw new RangeError(`normalization ${name}: std is too small: ${tooSmall}`);
    for (let pixel = 0; pixel < 256; pixel += 1) table[channel * 256 + pixel] = (pixel / scale - centre) / spread;
  }
  return table;
}

/**
 * A function from pixels, channels last (HWC or NHWC), to network inputs of the same layout.
 *
 * @throws if the normalization does not fit `channels`; the function returned throws if its values are not a multiple of them.
 */
export function normalizer(normalization: Normalization, channels: number): (pixels: Uint8Array) => Float32Array {
  const table = normalizationTable(normalization, channels);
  const from = Array.from({ length: channels }, (_, channel) =>
    normalization.channelOrder === 'reversed' ? channels - 1 - channel : channel,
  );
  return (pixels) => {
    if (pixels.length % channels !== 0) {
      throw new RangeError(`${pixels.length} values are not a multiple of ${channels} channels`);
    }
    const inputs = new Float32Array(pixels.length);
    for (let at = 0; at < pixels.length; at += channels) {
      for (let channel = 0; channel < channels; channel += 1) {
        inputs[at + channel] = table[channel * 256 + (pixels[at + (from[channel] ?? 0)] ?? 0)] ?? 0;
      }
    }
    return inputs;
  };
}

/**
 * How far inputs reach: the greatest magnitude that a pixel of 0…255 can have, one figure for each channel of the network's input, or a single one where
 * the normalization has the same figures for all.
 *
 * @throws if one of the normalization's figures is unusable.
 */
export function normalizedMaximum(normalization: Normalization): number | readonly number[] {
  const channels = Math.max(normalization.mean.length, normalization.std.length);
  const table = normalizationTable(normalization, channels);
  const maxima = Array.from({ length: channels }, (_, channel) =>
    table.subarray(channel * 256, (channel + 1) * 256).reduce((most, input) => Math.max(most, Math.abs(input)), 0),
  );
  return channels === 1 ? (maxima[0] ?? Number.NaN) : maxima;
}
