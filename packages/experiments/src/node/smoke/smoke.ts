import { glyphs, type ImageSource, inMemory } from '@rheobase/datasets';
import { inferShapes, ownValue } from '@rheobase/network';
import { parameterCount } from '@rheobase/models';
import { defaultRegistries, type Registries } from '../../registries.js';
import { nameOf } from '../experiment/comparison-schema.js';
import {
  type ComparisonMethod,
  type Experiment,
  type Extension,
  experimentSchemaOf,
} from '../experiment/experiment-schema.js';
import { leftOutAt } from '../experiment/meant-steps.js';

/** An experiment on a handful of images, through every stage, to see that it runs. */
export interface SmokeExperiment {
  readonly experiment: Experiment;
  /** What was made smaller or left out, in words: nothing else was. */
  readonly reductions: readonly string[];
}

/** What a smoke run is to have in place of the fewest. */
export interface AskedOfSmoke {
  /** T. */
  readonly steps?: number | undefined;
  readonly testImages?: number | undefined;
}

/** Images of a smoke run, and of a batch. */
const few = { trainImages: 8, heldOut: 4, calibration: 4, earlyStopping: 2, testImages: 4 };
const batchSize = 4;
/** What is larger is made smaller: a side of images, in pixels, and a network, in parameters. */
const most = { side: 64, parameters: 1_000_000 };
const short = { epochs: 1, batchSize, microBatch: batchSize / 2 };
const shortPass = { epochs: 1, patience: 1, batchSize };

/**
 * The smoke run of an experiment: the same stages, passes and layers, for the fewest T of the file unless T is asked for, on a few images, one epoch of everything.
 * Networks of millions of parameters have a quarter of their channels, unless trained weights determine them.
 *
 * @param weights whether trained weights were given; without them the source network starts from random weights
 * @param known what there is by name
 */
export function smokeExperiment(
  experiment: Experiment,
  weights: boolean,
  { steps: asked, testImages = few.testImages }: AskedOfSmoke = {},
  known: Registries = defaultRegistries,
): SmokeExperiment {
  const { data, network, method } = experiment;
  const { source } = network;
  const trains = source.kind === 'trained' || (source.kind === 'weights' && !weights);
  const smaller = trains ? smallerNetwork(network, known) : { options: network.options, reductions: [] };
  const steps = asked ?? Math.min(...experiment.steps);
  const shortened = shortMethod(method, asked, known);
  const fields = {
    ...experiment,
    steps: [steps],
    data: { ...data, ...few, testImages },
    network: {
      ...network,
      options: smaller.options,
      source:
        source.kind === 'trained'
          ? { ...source, ...short }
          : trains
            ? { kind: 'trained', learningRate: 0.01, weightDecay: 0, augment: 'none', ...short }
            : source,
    },
    method: shortened,
  };
  return {
    experiment: experimentSchemaOf(known).parse(fields),
    reductions: [
      `${few.trainImages} training images, of which ${few.calibration} for calibration and ${few.earlyStopping} for early stopping, ` +
        `${few.heldOut} held out, ${testImages} test images`,
      `one epoch of every training and calibration, in batches of ${batchSize}; T = ${steps}${ownSteps(method, steps, asked)}`,
      ...smaller.reductions,
      ...(extendsToOtherSteps(method, steps) ? ['extensions for other T also run at this one'] : []),
      ...(source.kind === 'weights' && trains
        ? ['no trained weights: the source network starts from random weights and is trained for one epoch']
        : []),
    ],
  };
}

/** The method with one epoch of everything; a compared method with its own T keeps the requested one, or the smallest. */
function shortMethod(method: Experiment['method'], asked: number | undefined, known: Registries): object {
  const stageOne = { ...method.stageOne, ...short };
  switch (method.kind) {
    case 'comparison':
      return {
        ...method,
        stageOne,
        methods: method.methods.map((entry) => ({
          ...entry,
          options: shortOptions(entry, known),
          ...(entry.steps && { steps: [ownStep(entry.steps, asked)] }),
        })),
      };
    case 'two-stage':
      return {
        ...method,
        stageOne,
        stageTwo: { ...method.stageTwo, bptt: { ...method.stageTwo.bptt, ...shortPass } },
        ...(method.light && { light: { rounds: 1 } }),
        variants: method.variants.map((variant) => ({ ...variant, parts: variant.parts.map(shortPart) })),
        extensions: method.extensions.map(shortPart),
      };
  }
}

function shortPart(part: Extension): object {
  switch (part.kind) {
    case 'thresholds-per-channel':
    case 'neuron':
    case 'potentials':
      return part;
    case 'ftbc':
      return { ...part, iterations: 1, batchSize };
    case 'recalibrate':
      return { ...part, ...shortPass };
    case 'end-to-end':
    case 'rate-based':
      // All of them are to be seen, whatever T they are meant for.
      return { ...part, ...short, above: undefined, upTo: undefined };
  }
}

const extendsToOtherSteps = (method: Experiment['method'], steps: number): boolean =>
  method.kind === 'two-stage' && leftOutAt(method, steps).length > 0;

function ownStep(steps: readonly number[], asked: number | undefined): number {
  return asked !== undefined && steps.includes(asked) ? asked : Math.min(...steps);
}

/** In words, the compared methods that are run at another T, the fewest of their own. */
function ownSteps(method: Experiment['method'], steps: number, asked: number | undefined): string {
  // At a requested T, methods that have only other T are skipped, and the run says so.
  if (method.kind !== 'comparison' || asked !== undefined) return '';
  const others = method.methods.flatMap((entry) => {
    const own = entry.steps === undefined ? steps : Math.min(...entry.steps);
    return own === steps ? [] : [`${own} for ${nameOf(entry)}`];
  });
  return others.length === 0 ? '' : `, but ${others.join(', ')}`;
}

/** The options of a compared method, with one epoch where it has epochs. */
function shortOptions(
  { method, options }: ComparisonMethod['methods'][number],
  { methods }: Registries,
): ComparisonMethod['methods'][number]['options'] {
  const epochs = ['epochs', 'weightEpochs'].filter((name) => Object.hasOwn(methods.get(method).options, name));
  return { ...options, ...Object.fromEntries(epochs.map((name) => [name, 1])) };
}

/** A network of the same layers that takes seconds, if the one of the experiment takes longer, and what was made smaller. */
function smallerNetwork(
  { model, options, source }: Experiment['network'],
  known: Registries,
): {
  readonly options: Readonly<Record<string, unknown>>;
  readonly reductions: readonly string[];
} {
  const family = known.models.get(model);
  const network = family.build({ ...options, initialization: 'zeros' });
  const [height = 0, width = 0, channels = 0] = shapesOf({ model, options }, known).input;
  // The network of a file is as it is.
  const isLarge = source.kind !== 'file' && Math.max(height, width) > most.side;
  const isWide = parameterCount(network) > most.parameters;
  const narrowed = isWide
    ? Object.entries(family.options).flatMap(([name, { default: usual }]) =>
        /^(?:width|widths|hidden)$/.test(name) ? [[name, quarter(ownValue(options, name) ?? usual)] as const] : [],
      )
    : [];
  return {
    options: {
      ...options,
      ...Object.fromEntries(narrowed),
      ...(isLarge && { inputShape: [most.side, most.side, channels] }),
    },
    reductions: [
      ...(narrowed.length > 0 ? ['a quarter of the channels in every layer'] : []),
      ...(isLarge ? [`images of ${most.side}×${most.side} pixels instead of ${height}×${width}`] : []),
    ],
  };
}

function quarter(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(quarter);
  return typeof value === 'number' ? Math.max(1, Math.round(value / 4)) : value;
}

/** What the network takes and gives. */
function shapesOf(
  { model, options }: Pick<Experiment['network'], 'model' | 'options'>,
  { models }: Registries,
): {
  readonly input: readonly number[];
  readonly classes: number;
} {
  const network = models.get(model).build({ ...options, initialization: 'zeros' });
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
export function smokeImages(
  source: ImageSource,
  { network }: Experiment,
  known: Registries = defaultRegistries,
): ImageSource {
  const { input } = shapesOf(network, known);
  const [height = 0, width = 0, channels = 0] = input;
  // A vector takes whole images of as many elements.
  if (input.length !== 3) return source;
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
 * Procedural images in place of a set whose files are missing, with the size of the network's input and
 * its number of classes.
 */
export async function standInImages(
  { network, data }: Experiment,
  split: 'train' | 'test',
  known: Registries,
): Promise<ImageSource> {
  const { input, classes } = shapesOf(network, known);
  // A vector takes images of as many elements, whatever their sides.
  const [height = 0, width = 1, channels = 1] = input;
  const length = split === 'train' ? few.trainImages + few.heldOut : (data.testImages ?? few.testImages);
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
