import { glyphs, type ImageSource, inMemory } from '@rheobase/datasets';
import { inferShapes } from '@rheobase/network';
import { defaultMethods } from '@rheobase/methods';
import { defaultModels } from '@rheobase/models';
import { type ComparisonMethod, type Experiment, experimentSchema } from './experiment-schema.js';

/** An experiment on a handful of images, through every stage, to see that it runs. */
export interface SmokeExperiment {
  readonly experiment: Experiment;
  /** What was made smaller or left out, in words; the networks are whole but for what is said here. */
  readonly reductions: readonly string[];
}

/** Images of a smoke run; a side above `side` is brought down to it. */
const few = { trainImages: 16, heldOut: 8, calibration: 8, earlyStopping: 4, testImages: 8 };
const [batch, side] = [8, 64];
const short = { epochs: 1, batch, microBatch: batch / 2 };
const shortPass = { epochs: 1, patience: 1, batch: 4 };

/**
 * The smoke run of an experiment: the same stages, network, T and L, on a few images, one epoch of everything.
 *
 * @param weights whether trained weights were given; without them the source network is begun from the seed
 */
export function smokeExperiment(experiment: Experiment, weights: boolean): SmokeExperiment {
  const { data, network, method } = experiment;
  const { source } = network;
  const [height, width] = imageSideOf(experiment);
  const isLarge = height > side || width > side;
  const begun = source.kind === 'trained' || !weights;
  const fields = {
    ...experiment,
    data: { ...data, ...few },
    network: {
      ...network,
      options: isLarge ? { ...network.options, inputShape: [side, side, 3] } : network.options,
      source:
        source.kind === 'trained'
          ? { ...source, ...short }
          : begun
            ? { kind: 'trained', rate: 0.01, weightDecay: 0, augment: 'none', ...short }
            : source,
    },
    method: shortMethod(method),
  };
  const { trainImages, heldOut, testImages, calibration, earlyStopping } = few;
  return {
    experiment: experimentSchema.parse(fields),
    reductions: [
      `${trainImages} training images, of which ${calibration} to calibrate on and ${earlyStopping} to stop by; ` +
        `${heldOut} held out, ${testImages} test images`,
      `one epoch of every training and calibration, in batches of ${batch} and ${shortPass.batch}`,
      ...(isLarge ? [`images of ${side}×${side} pixels instead of ${height}×${width}, and a network for them`] : []),
      ...(source.kind === 'weights' && begun
        ? ['no trained weights: the source network begins from the seed and is trained for one epoch']
        : []),
    ],
  };
}

/** The method with one epoch of everything. */
function shortMethod(method: Experiment['method']): object {
  const stageOne = { ...method.stageOne, ...short };
  switch (method.kind) {
    case 'comparison':
      return {
        ...method,
        stageOne,
        methods: method.methods.map((entry) => ({ ...entry, options: shortOptions(entry) })),
      };
    case 'two-stage':
      return {
        ...method,
        stageOne,
        stageTwo: { ...method.stageTwo, bptt: { ...method.stageTwo.bptt, ...shortPass } },
        ...(method.light && { light: { rounds: 1 } }),
        beyond: method.beyond.map((extension) => {
          switch (extension.kind) {
            case 'thresholds-per-channel':
              return extension;
            case 'recalibrate':
              return { ...extension, ...shortPass };
            case 'end-to-end':
              return { ...extension, ...short };
          }
        }),
      };
  }
}

/** The options of a compared method, with one epoch where it has epochs. */
function shortOptions({
  method,
  options,
}: ComparisonMethod['methods'][number]): ComparisonMethod['methods'][number]['options'] {
  const epochs = ['epochs', 'weightEpochs'].filter((name) => Object.hasOwn(defaultMethods.get(method).options, name));
  return { ...options, ...Object.fromEntries(epochs.map((name) => [name, 1])) };
}

/** Whether images of that shape have to be made smaller for a smoke run. */
function imageSideOf({ network }: Experiment): readonly [height: number, width: number] {
  const [height = 0, width = 0] = shapesOf(network).input;
  return [height, width];
}

/** What the network takes and gives. */
function shapesOf({ model, options }: Experiment['network']): {
  readonly input: readonly number[];
  readonly classes: number;
} {
  const network = defaultModels.get(model).build(options);
  const shapes = inferShapes(network);
  const at = (op: 'input' | 'output'): readonly number[] =>
    shapes.get(network.nodes.find((node) => node.op === op)?.name ?? '') ?? [];
  return { input: at('input'), classes: at('output').at(-1) ?? 0 };
}

/**
 * A source whose images have the size that the network takes: each pixel the one at its place in the larger image.
 *
 * @throws if the source's images are not larger by whole and equal steps, or have other channels: `assertFits` says so of what is
 *   returned unchanged.
 */
export function smokeImages(source: ImageSource, { network }: Experiment): ImageSource {
  const [height = 0, width = 0, channels = 0] = shapesOf(network).input;
  const [fullHeight, fullWidth, given] = source.imageShape;
  if (given !== channels || (fullHeight === height && fullWidth === width)) return source;
  return {
    ...source,
    imageShape: [height, width, channels],
    read: async (indices) => {
      const batch = await source.read(indices);
      const images = new Uint8Array(indices.length * height * width * channels);
      const place = { from: source.imageShape, to: [height, width, channels] } as const;
      for (let n = 0; n < indices.length; n++) {
        const size = fullHeight * fullWidth * channels;
        images.set(scaled(batch.images.subarray(n * size, (n + 1) * size), place), n * height * width * channels);
      }
      return { ...batch, images, shape: [indices.length, height, width, channels] };
    },
  };
}

type Shape = readonly [height: number, width: number, channels: number];

/** An image at another size, by the nearest pixel; channels are repeated or left out. */
function scaled(pixels: Uint8Array, { from, to }: { readonly from: Shape; readonly to: Shape }): Uint8Array {
  const [fromHeight, fromWidth, fromChannels] = from;
  const [height, width, channels] = to;
  const image = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * fromHeight) / height);
    for (let x = 0; x < width; x++) {
      const at = (row * fromWidth + Math.floor((x * fromWidth) / width)) * fromChannels;
      for (let c = 0; c < channels; c++) {
        image[(y * width + x) * channels + c] = pixels[at + (c % fromChannels)] ?? 0;
      }
    }
  }
  return image;
}

/**
 * Procedural images in the place of a set whose files are not there: as large as the network takes them, of as many classes as it
 * tells apart.
 */
export async function standInImages({ network, data }: Experiment, split: 'train' | 'test'): Promise<ImageSource> {
  const { input, classes } = shapesOf(network);
  const [height = 0, width = 0, channels = 0] = input;
  const length = split === 'train' ? few.trainImages + few.heldOut : few.testImages;
  const drawn = glyphs({ split, length });
  const { images, shape } = await drawn.read(Array.from({ length }, (_, index) => index));
  const [, fromHeight, fromWidth, fromChannels] = shape;
  const place = { from: [fromHeight, fromWidth, fromChannels], to: [height, width, channels] } as const;
  const size = fromHeight * fromWidth * fromChannels;
  const pixels = new Uint8Array(length * height * width * channels);
  for (let n = 0; n < length; n++) {
    pixels.set(scaled(images.subarray(n * size, (n + 1) * size), place), n * height * width * channels);
  }
  return inMemory({
    name: `${data.dataset} (stand-in)`,
    split,
    classNames: Array.from({ length: classes }, (_, label) => `class ${label}`),
    imageShape: [height, width, channels],
    images: pixels,
    labels: Array.from({ length }, (_, index) => index % classes),
  });
}
