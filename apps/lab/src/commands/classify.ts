import { normalizer, type RasterImage } from '@rheobase/datasets';
import { decodeImage, type ImagePreparation, prepareImage, readClassLabels } from '@rheobase/datasets/node';
import { bind, onTensor, startTensorBackend, usingResult } from '@rheobase/execution';
import type { Registries } from '@rheobase/experiments/node';
import {
  describeShape,
  type ImageBatch,
  inferShapes,
  isSpiking,
  type Network,
  sameShape,
  textTable,
} from '@rheobase/network';
import type { Command } from 'commander';
import {
  assertEngineApplies,
  describeEngine,
  type EngineOptions,
  engineOptions,
  roundedFor,
  type SimulatedBy,
  simulatedBy,
  startEngine,
  withEngineOptions,
} from '../choices/engine-choice.js';
import { type FolderOptions, preparationFor, withPreparationOptions } from '../choices/folder-choice.js';
import {
  chooseClassifier,
  forImages,
  type NetworkOptions,
  sayAssumptions,
  withNetworkOptions,
} from '../choices/network-choice.js';
import {
  normalizationOf,
  type NormalizationOptions,
  withNormalizationOptions,
} from '../choices/normalization-choice.js';
import { fileEndingIn, path, integerFrom } from '../choices/option-values.js';
import { assertNoneSilent, silentBecause } from '../choices/silent-options.js';
import { assertStepsFit, ownSteps } from '../choices/steps-fit.js';
import { type ClassifiedImage, classificationPicture, type RankedClass } from '../output/classification-picture.js';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { prepareOutputFile } from '../output/output-file.js';
import { writePicture } from '../output/picture-file.js';
import { percent } from '../output/figures.js';

type Options = NetworkOptions &
  NormalizationOptions &
  EngineOptions &
  FolderOptions & {
    readonly image: readonly string[];
    readonly top: number;
    readonly steps?: number;
    readonly out?: string;
    readonly json?: boolean;
  };

/** `rheobase classify`: the likeliest classes of images by an analog or a spiking network. */
export function classifyCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('classify')
    .description('print the likeliest classes of images, by an analog or a spiking network')
    .requiredOption(
      '--image <file...>',
      'JPEG, PNG, WebP, TIFF, BMP, PBM, PGM or PPM files',
      (text: string, before: readonly string[] = []) => [...before, path(text)],
    )
    .option('--top <k>', 'how many classes', integerFrom(1), 5)
    .option('--labels <file>', 'the name of a class on each line, in the order of the network’s outputs', path)
    .option('--steps <T>', 'time steps of a spiking network (default: those it was made for)', integerFrom(1, 100_000))
    .option('--out <file>', 'the images with bars of their classes, a .png or .svg file', fileEndingIn('.png', '.svg'))
    .option('--json', 'print one line of JSON');
  withEngineOptions(
    withPreparationOptions(withNormalizationOptions(withNetworkOptions(command), 'the network’s own')),
  ).action(async (options: Options, used: Command) => {
    assertEngineApplies(options);
    await prepareOutputFile(options.out);
    const chosen = await chooseClassifier(options, registries, output);
    const { label } = chosen;
    if (!isSpiking(chosen.network)) {
      const why = 'the network is analog; `rheobase convert` makes a spiking one';
      assertNoneSilent(used, silentBecause(why, ['steps', ...engineOptions]));
    }
    sayAssumptions(output, chosen, options);
    const normalization = normalizationOf(options, chosen, output);
    const names = options.labels === undefined ? undefined : await labelsIn(options.labels);
    const preparation = preparationFor(chosen.network, options);
    const images = await Promise.all(
      options.image.map(async (file) => {
        const image = await decodeImage(file);
        return { file, image, prepared: preparedFrom(file, image, preparation) };
      }),
    );
    const batches = images.map(({ prepared: { data, height, width, channels } }) => ({
      images: normalizer(normalization, channels)(data),
      shape: [1, height, width, channels],
    }));
    const { network } = forImages(chosen, batches[0]?.shape.slice(1) ?? []);
    for (const { shape } of batches) assertTakesShape(network, shape.slice(1));
    assertGivesScores(network, label);
    await startTensorBackend();
    const rounded = roundedFor(normalization, registries);
    const { by, scores } = isSpiking(network)
      ? await spikingScores(network, batches, options, { registries, output, rounded })
      : { by: undefined, scores: analogScores(network, batches, registries) };
    const classified = images.map(({ file, image }, index): ClassifiedImage => {
      return { file, image, top: topClasses(scores[index] ?? new Float32Array(), options, names) };
    });
    if (options.out !== undefined) await writePicture(options.out, await classificationPicture(classified));
    const result = {
      network: label,
      normalization: normalization.name,
      ...by,
      images: classified.map(({ file, top }) => ({ image: file, top })),
      ...(options.out !== undefined && { out: options.out }),
    };
    writeResult(output, options, result, () =>
      [...classified.map(describe), ...(by === undefined ? [] : [`T = ${by.steps}. ${describeEngine(by)}`])].join(
        '\n\n',
      ),
    );
  });
}

/** The names of classes in a file. @throws naming the file, if it lists images instead. */
async function labelsIn(file: string): Promise<readonly string[]> {
  const labels = await readClassLabels(file);
  if (labels.kind === 'classes') return labels.classes.map(({ name }) => name);
  throw new Error(`${file}: it lists images; give a file with the name of a class on each line.`);
}

function preparedFrom(file: string, image: RasterImage, preparation: ImagePreparation): RasterImage {
  try {
    return prepareImage(image, preparation);
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** @throws naming both shapes. */
function assertTakesShape(network: Network, shape: readonly number[]): void {
  const input = network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  if (sameShape(input, shape)) return;
  throw new Error(
    `The network takes inputs [${input.join(', ')}], and the image is [${shape.join(', ')}]. Give the size with --size, or omit it.`,
  );
}

/** @throws if the first output is a map, which has no score for each class. */
function assertGivesScores(network: Network, label: string): void {
  const output = network.nodes.find(({ op }) => op === 'output')?.name ?? '';
  const shape = inferShapes(network).get(output) ?? [];
  if (shape.filter((extent) => extent !== 1).length < 2) return;
  throw new Error(
    `${label} is no classifier: its output '${output}' is ${describeShape(shape)}, not a score for each class. ` +
      '`rheobase run` computes any network.',
  );
}

function analogScores(
  network: Network,
  batches: readonly ImageBatch[],
  registries: Registries,
): readonly Float32Array[] {
  const bound = bind(network, registries);
  try {
    return batches.map((batch) =>
      onTensor(batch, (input) =>
        usingResult(bound.run(input, { finite: true }), ({ outputs }) => {
          const [first] = outputs.values();
          return Float32Array.from(first?.dataSync() ?? []);
        }),
      ),
    );
  } finally {
    bound.dispose();
  }
}

async function spikingScores(
  network: Network,
  batches: readonly ImageBatch[],
  options: Options,
  {
    registries,
    output,
    rounded,
  }: {
    readonly registries: Registries;
    readonly output: CommandOutput;
    readonly rounded: ReturnType<typeof roundedFor>;
  },
): Promise<{ readonly by: SimulatedBy & { readonly steps: number }; readonly scores: readonly Float32Array[] }> {
  const steps = options.steps ?? ownSteps(network);
  assertStepsFit(network, steps);
  const started = await startEngine(network, options, registries, output, rounded);
  const { engine } = started;
  try {
    const scores: Float32Array[] = [];
    for (const batch of batches) {
      const [readOut] = (await engine.simulate(batch, { steps })).outputs.values();
      const data = readOut?.data ?? new Float32Array();
      scores.push(Float32Array.from(data.subarray(data.length - data.length / steps)));
    }
    return { by: { steps, ...simulatedBy(started) }, scores };
  } finally {
    await engine.dispose();
  }
}

/** The likeliest classes; scores that are no probabilities become such by softmax. */
function topClasses(
  scores: Float32Array,
  { top, labels }: Pick<Options, 'top' | 'labels'>,
  names: readonly string[] | undefined,
): readonly RankedClass[] {
  if (names !== undefined && names.length !== scores.length) {
    throw new Error(`${labels}: it names ${names.length} classes, but the network has ${scores.length} outputs.`);
  }
  return Array.from(probabilities(scores), (probability, label) => ({
    label,
    class: names?.[label] ?? String(label),
    probability,
  }))
    .toSorted((a, b) => b.probability - a.probability || a.label - b.label)
    .slice(0, top);
}

/** How far the sum of probabilities may be from 1. */
const tolerance = 1e-3;

function probabilities(scores: Float32Array): readonly number[] {
  const sum = scores.reduce((total, score) => total + score, 0);
  const most = scores.reduce((greatest, score) => Math.max(greatest, score), -Infinity);
  if (Math.abs(sum - 1) < tolerance && scores.every((score) => score >= 0)) return [...scores];
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}

function describe({ file, top }: ClassifiedImage): string {
  return `${file}\n${textTable([['class', 'probability'], ...top.map(({ class: name, probability }) => [name, percent(probability)])])}`;
}
