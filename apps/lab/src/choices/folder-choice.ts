import {
  classFolders,
  type ClassFoldersOptions,
  type Dataset,
  defaultEventDatasets,
  type ImagePreparation,
} from '@rheobase/datasets/node';
import { inferShapes, type Network, type Registry, registry, type Shape } from '@rheobase/network';
import { type Command, InvalidArgumentError } from 'commander';
import { path, integerFrom } from './option-values.js';

/** How the user's own images are read, from the options. */
export interface FolderOptions {
  /** Rows and columns, or one figure for both. */
  readonly size?: readonly number[];
  readonly resize?: number;
  readonly crop?: number;
  readonly labels?: string;
}

/** The set of the user's own images, in the folder that `--data-dir` names. */
const folderSet = 'folder';

const mostPixels = 16_384;

/** Adds the options for the user's own images. */
export function withFolderOptions(command: Command): Command {
  return withPreparationOptions(command).option(
    '--labels <file>',
    'with --dataset folder: the name of a class on each line, in the order of the network’s outputs, or a .csv file of lines file,label (default: the folders, sorted)',
    path,
  );
}

/** Adds the options that bring images of any size to that of the input. */
export function withPreparationOptions(command: Command): Command {
  return withSizeOption(command)
    .option(
      '--resize <pixels>',
      'resize the shorter side of images first, as ImageNet is read',
      integerFrom(1, mostPixels),
    )
    .option(
      '--crop <pixels>',
      'then cut out the middle square (default with --resize: the size)',
      integerFrom(1, mostPixels),
    );
}

/** Adds the option for inputs whose size a file leaves open. */
export function withSizeOption(command: Command): Command {
  return command.option(
    '--size <pixels...>',
    'height and width of an input whose size its file leaves open, or one figure for both; images of your own are resized to it',
    pixels,
  );
}

function pixels(text: string, before: readonly number[] = []): readonly number[] {
  const given = [...before, ...text.split(/[\s,x×]+/).map(integerFrom(1, mostPixels))];
  if (given.length > 2) throw new InvalidArgumentError('It takes a height and a width, such as 240 320.');
  return given;
}

/** Rows and columns as `--size` gives them. */
export function sizeOf({
  size,
}: Pick<FolderOptions, 'size'>): { readonly height: number; readonly width: number } | undefined {
  const [height, width = height] = size ?? [];
  return height === undefined || width === undefined ? undefined : { height, width };
}

/** The size and the channels of a network's images; nothing where its input is none. */
function imageInput(
  shape: Shape,
): { readonly height: number; readonly width: number; readonly channels: number } | undefined {
  const [height, width, channels] = shape;
  return shape.length !== 3 || height === undefined || width === undefined || channels === undefined
    ? undefined
    : { height, width, channels };
}

/** How an image is brought to a network's input by the options. */
export function preparationFor(
  network: Network,
  { resize, crop, ...options }: Pick<FolderOptions, 'size' | 'resize' | 'crop'>,
): ImagePreparation {
  const shape = network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  const input = imageInput(shape);
  const size = sizeOf(options) ?? (input && { height: input.height, width: input.width });
  const channels = input?.channels === 1 || shape.length < 3 ? 1 : 3;
  // As ImageNet is read: the shorter side, and then the middle as large as the input.
  const middle = resize !== undefined && size?.height === size?.width ? size?.height : undefined;
  return { resize, crop: crop ?? middle, size, channels };
}

/** @throws if `--size` is not the size of the network's images: its file leaves no size open, and those of a set are not resized. */
function assertSizeUsed(network: Network, options: Pick<FolderOptions, 'size'>): void {
  const size = sizeOf(options);
  const input = imageInput(network.nodes.find((node) => node.op === 'input')?.shape ?? []);
  if (size === undefined || input === undefined) return;
  if (size.height === input.height && size.width === input.width) return;
  throw new Error(
    `--size ${size.height} ${size.width} has no effect: the network takes images of ${input.height}×${input.width} pixels, and those of a data set are not resized. Omit it.`,
  );
}

/**
 * The data sets with that of the user's own images, read for a network as the options say.
 *
 * @param options `undivided`: what a split is of a folder without folders for its splits; default: a part of it
 * @throws naming an option for another set; if the set has no images but recordings of events.
 */
export function datasetsFor(
  dataset: string,
  network: Network,
  options: FolderOptions & Pick<ClassFoldersOptions, 'undivided'>,
  datasets: Registry<Dataset>,
): Registry<Dataset> {
  if (defaultEventDatasets.has(dataset) && !datasets.has(dataset)) {
    throw new Error(
      `${dataset} has recordings of an event camera, not images: \`rheobase evaluate\` and \`rheobase simulate\` run spiking networks on them. ` +
        'Choose another data set here.',
    );
  }
  if (dataset !== folderSet) {
    for (const name of ['resize', 'crop', 'labels'] as const) {
      if (options[name] !== undefined)
        throw new Error(`--${name} is for --dataset ${folderSet}; omit it with ${dataset}.`);
    }
    assertSizeUsed(network, options);
    return datasets;
  }
  const output = network.nodes.find((node) => node.op === 'output')?.name ?? '';
  const [classes, ...more] = inferShapes(network).get(output) ?? [];
  const own = classFolders({
    ...preparationFor(network, options),
    labels: options.labels,
    undivided: options.undivided,
    ...(more.length === 0 && { classes }),
  });
  return registry(
    datasets.what,
    datasets.names.map((name) => [name, name === folderSet ? own : datasets.get(name)] as const),
  );
}
