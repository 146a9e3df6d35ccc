import { extname, join } from 'node:path';
import { type Conversion, convert, foldBatchNorm } from '@rheobase/converter';
import { type Images, sitesWithoutThreshold } from '@rheobase/experiments';
import { type Registries, runFiles } from '@rheobase/experiments/node';
import { type Effort, mostSpikeImages, spike, type Spiked, type Tried } from '@rheobase/methods';
import { type ImageBatch, type Network, parameterOf, textTable } from '@rheobase/network';
import { writeWholeFile } from '@rheobase/network/node';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { percent } from '../output/figures.js';
import { taskBar } from '../output/progress.js';
import { imagesInMemory } from './calibrated-conversion.js';
import { integerFrom, path } from './option-values.js';

/** The options of a conversion that tries what fits. */
export interface EffortOptions {
  readonly effort?: Effort;
  readonly thresholdsPerNeuron?: number;
}

/** Adds the options of a conversion that tries what fits. */
export function withEffortOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--effort <how much>',
        `try conversions without labels and training, and keep the one whose outputs come nearest to the source network’s: fast (one, in seconds) or best (all that fit, in minutes); looks at ${mostSpikeImages} images at most, needs --steps, and --out may be a folder`,
      ).choices(['fast', 'best'] satisfies readonly Effort[]),
    )
    .option(
      '--thresholds-per-neuron <n>',
      'with --effort: thresholds of either sign, 1 to 7; one spike a step, worth one of n powers of two (default: 4, and others with best)',
      integerFrom(1, 7),
    );
}

/** A file that ends in .safetensors, or a folder. */
export function networkOrFolder(text: string): string {
  const given = path(text);
  if (['', '.safetensors'].includes(extname(given).toLowerCase())) return given;
  throw new InvalidArgumentError(
    'It must name a file that ends in .safetensors, because that is the format written, or with --effort a folder.',
  );
}

/** Whether `--out` names a folder. */
export const isFolderName = (out: string): boolean => extname(out) === '';

/** The file of the network that `--out` names by itself or by its folder. */
export function networkFileIn(out: string): string {
  return isFolderName(out) ? runFiles(out).network : out;
}

/** Tries what fits, and converts by what came nearest. */
export async function convertByEffort(
  network: Network,
  { effort, thresholdsPerNeuron }: EffortOptions,
  steps: number,
  given: Images,
  registries: Registries,
  output: CommandOutput,
): Promise<Conversion & { readonly spiked: Spiked }> {
  await registerTrainingKernels();
  const bar = taskBar(output);
  try {
    const images: ImageBatch = await imagesInMemory(given);
    const options = { conversions: registries.siteConversions, neurons: registries.neurons };
    // Refuses what cannot be converted before anything is tried, with a report on every node.
    const placeholders = new Map(sitesWithoutThreshold(network).map((site) => [site, 1]));
    convert(network, { ...options, thresholds: placeholders });
    const spiked = await spike(foldBatchNorm(network), images, {
      steps,
      effort,
      thresholdsPerNeuron,
      registries,
      onProgress: (method, { done, total, unit, note }) => bar.to(method, { done, total, unit, note }),
      onTried: ({ method }) => bar.to(method, { done: 1, total: 1, unit: 'networks', note: 'measured' }),
    });
    const thresholds = thresholdsOf(spiked.network, sitesWithoutThreshold(network));
    const { report } = convert(network, { ...options, thresholds, neuron: neuronOfSpiked(spiked) });
    return { network: spiked.network, report, spiked };
  } finally {
    bar.end();
  }
}

function neuronOfSpiked({ network, neuron: kind }: Spiked) {
  const found = network.nodes.find((node) => node.op === 'neuron');
  return { kind, attributes: found?.op === 'neuron' ? found.neuron.attributes : {} };
}

/** θ of every channel of these neurons. */
function thresholdsOf(network: Network, names: readonly string[]): ReadonlyMap<string, Float32Array> {
  const wanted = new Set(names);
  return new Map(
    network.nodes.flatMap((node) => {
      const key = node.op === 'neuron' && wanted.has(node.name) ? node.neuron.parameters['threshold'] : undefined;
      return key === undefined ? [] : [[node.name, Float32Array.from(parameterOf(network, key).data)] as const];
    }),
  );
}

/** What was tried as a table, the best first. */
export function describeTried(tried: readonly Tried[], steps: number): string {
  const rows = tried
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ method, options, spikes, distance, agreement, seconds }) => [
      [method, ...Object.entries(options).map(([name, value]) => `${name} ${value}`)].join(', '),
      spikes,
      distance.toPrecision(3),
      percent(agreement),
      seconds.toFixed(1),
    ]);
  return [
    textTable([['tried', 'spikes', 'distance', 'same class', 'seconds'], ...rows]),
    `distance: squared, of the outputs after ${steps} steps from the source network’s, over the size of those, on held-out images`,
  ].join('\n');
}

/** Writes what was tried beside the network in a folder. */
export async function writeEffortReport(folder: string, content: object): Promise<void> {
  await writeWholeFile(join(folder, 'report.json'), `${JSON.stringify(content, undefined, 2)}\n`);
}
