import { availableParallelism } from 'node:os';
import {
  type BenchedNetworks,
  describeFit,
  findPeers,
  fitsOf,
  inferenceContenders,
  inferencePicture,
  type InferenceResult,
  networksAtRate,
  runInferenceSession,
} from '@rheobase/bench';
import { fileHash, type Registries, writeRecord } from '@rheobase/experiments/node';
import type { ImageBatch } from '@rheobase/network';
import { textTable } from '@rheobase/network';
import type { Command } from 'commander';
import {
  chooseImages,
  describeImages,
  type ImageOptions,
  withImageOptions,
  withOwnImages,
} from '../choices/bench-images.js';
import { recordedPlugins } from '../choices/plugin-choice.js';
import { networksOfFolder, plainNetwork, randomModel } from '../choices/bench-networks.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { networkFile } from '../choices/network-choice.js';
import { assignment, fileEndingIn, numbersUpTo, path, integerFrom, integersFrom } from '../choices/option-values.js';
import { prepareOutputFile } from '../output/output-file.js';
import { writePicture } from '../output/picture-file.js';
import { progress } from '../output/progress.js';
import { assertStepsFit } from '../choices/steps-fit.js';
import { millions } from '../output/figures.js';

interface Options extends ImageOptions {
  readonly network?: string;
  readonly model: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly firingRate?: readonly number[];
  readonly steps?: readonly number[];
  readonly threads?: readonly number[];
  readonly batch: number;
  readonly rounds: number;
  readonly peers?: boolean;
  readonly picture?: string;
  readonly record?: string;
  readonly json?: boolean;
}

const defaultSteps = [1, 2, 4, 8, 16] as const;
const defaultRate = 0.15;

/** `rheobase bench inference`: the speed of a spiking network, against its source network on other runtimes. */
export function benchInferenceCommand(bench: Command, output: CommandOutput, registries: Registries): void {
  const command = bench
    .command('inference')
    .description(
      'images per second of a spiking network: the event engine in float32 and int8 and tfjs, against passes of its source network',
    )
    .option(
      '--network <folder>',
      'what reproduce, calibrate or finetune wrote, a NIR file, or a network with plain ReLUs, such as an ONNX model, whose thresholds are set as those of a random model (default: a random --model)',
      path,
    )
    .option('--model <name>', 'architecture with random weights, its thresholds set by --firing-rate', 'resnet20')
    .option('--model-option <name=value>', 'option of the architecture', assignment, {})
    .option(
      '--firing-rate <share...>',
      `of a random model, or a network with plain ReLUs: spikes per neuron and step in every layer (default: ${defaultRate})`,
      numbersUpTo(0, 0.45),
    )
    .option('--steps <T...>', 'time steps; several are measured by turns (default: 1 2 4 8 16)', integersFrom(1))
    .option('--threads <n...>', 'threads of each contender (default: 1, and all there are)', integersFrom(1))
    .option('--batch <images>', 'images per turn', integerFrom(1), 32)
    .option('--rounds <n>', 'turns of each contender at each T, after one to warm up', integerFrom(1), 10)
    .option('--peers', 'onnxruntime-web and onnxruntime-node too; installed into apps/bench/peers on first use')
    .option(
      '--picture <file>',
      'also draw time against T and against synaptic operations, an .svg or .png file',
      fileEndingIn('.svg', '.png'),
    )
    .option(
      '--record <file>',
      'also write the result with its options and versions, a .json file',
      fileEndingIn('.json'),
    )
    .option('--json', 'print one line of JSON');
  withImageOptions(command).action(async (asked: Options, used: Command) => {
    const options = await withOwnImages(asked, asked.network, registries, output);
    await prepareOutputFile(options.record);
    await prepareOutputFile(options.picture);
    const given = (name: string): boolean => used.getOptionValueSource(name) === 'cli';
    assertTogether(options, given);
    const steps = options.steps ?? defaultSteps;
    const threads = options.threads ?? [...new Set([1, availableParallelism()])];
    const peers = options.peers === true ? await findPeers((message) => say(output, message)) : [];
    for (const peer of peers) if ('absent' in peer) say(output, `note: ${peer.contender} is absent: ${peer.absent}`);

    const results: InferenceResult[] = [];
    const all = await benched(options, steps, registries);
    for (const { networks, images } of all) {
      for (const T of steps) assertStepsFit(networks.spiking, T);
      for (const count of threads) {
        const label = `${networks.label}, ${count} thread${count === 1 ? '' : 's'}`;
        let bar: ReturnType<typeof progress> | undefined;
        const onTurn = (turns: number, total: number, note: string): void => {
          bar ??= progress(output, label, total, 'turns');
          bar.to(turns, note);
        };
        const session = { networks, images, steps, threads: count, rounds: options.rounds, peers, onTurn };
        results.push(...(await runInferenceSession(session).finally(() => bar?.end())));
      }
    }
    const [only] = results;
    const shared = {
      sourceFrom: all[0]?.networks.sourceFrom,
      images: describeImages(options),
      rounds: options.rounds,
    };
    const result = results.length === 1 ? { ...only, ...shared } : { ...shared, results, fits: fitsOf(results) };
    writeResult(output, options, result, () => describe(results, options.rounds));
    if (options.picture !== undefined) {
      const oneThread = results.filter((each) => each.threads === threads[0]);
      const title = `Time per image, ${all[0]?.networks.label ?? ''}, ${threads[0]} thread`;
      await writePicture(options.picture, inferencePicture(title, oneThread));
    }
    if (options.record !== undefined) {
      const file = options.network === undefined ? undefined : await networkFile(options.network);
      const hashes = { ...(file && { network: await fileHash(file) }), ...recordedPlugins(registries) };
      await writeRecord(options.record, 'bench inference', { ...options, steps, threads }, hashes, result);
    }
  });
}

/** @throws naming options that cannot be combined. */
function assertTogether({ network }: Options, given: (name: string) => boolean): void {
  if (network === undefined) return;
  const random = { model: '--model', modelOption: '--model-option' };
  for (const [name, option] of Object.entries(random)) {
    if (given(name)) throw new Error(`${option} is for a random model; omit it, or omit --network.`);
  }
}

interface Benched {
  readonly networks: BenchedNetworks;
  readonly images: ImageBatch;
}

/** The networks to measure and their images: one, or one per firing rate. */
async function benched(
  options: Options,
  steps: readonly number[],
  registries: Registries,
): Promise<readonly Benched[]> {
  const plain = options.network === undefined ? undefined : await plainNetwork(options.network, options, registries);
  if (options.network !== undefined && plain === undefined) {
    if (options.firingRate !== undefined) {
      throw new Error(`--firing-rate is for networks without thresholds, and ${options.network} has its own. Omit it.`);
    }
    const networks = await networksOfFolder(options.network, options, registries);
    return [{ networks, images: await chooseImages(networks.spiking, options, registries, options.batch) }];
  }
  const { network, label } = plain ?? randomModel(options.model, options.modelOption, registries);
  const images = await chooseImages(network, options, registries, options.batch);
  const middle = steps[Math.floor((steps.length - 1) / 2)] ?? 1;
  const all: Benched[] = [];
  for (const rate of options.firingRate ?? [defaultRate]) {
    const name = `${label} at ${Number((100 * rate).toPrecision(3))} % firing`;
    all.push({ networks: await networksAtRate(network, name, images, { rate, steps: middle }, registries), images });
  }
  return all;
}

function describe(results: readonly InferenceResult[], rounds: number): string {
  const digits = (value: number | undefined, places = 1): string => value?.toFixed(places) ?? '';
  const parts = results.map((result) => {
    const { network, steps, threads, batch, firingRate, sopsPerImage } = result;
    const present = inferenceContenders.filter((name) => result.imagesPerSecond[name] !== undefined);
    return [
      `${network}, T = ${steps}, ${threads} thread${threads === 1 ? '' : 's'}, batch ${batch}: ` +
        `${(100 * firingRate).toFixed(1)} % firing, ${millions(sopsPerImage)} SOPs per image; the fastest of ${rounds} turns each`,
      textTable([
        ['', 'images/s', 'median', 'per CPU second', 'of T dense passes', 'of their CPU time', 'same class'],
        ...present.map((name) => [
          name,
          digits(result.imagesPerSecond[name]),
          digits(result.medianImagesPerSecond[name]),
          digits(result.imagesPerCpuSecond[name]),
          `${digits(result.timesDensePasses[name], 2)} ×`,
          `${digits(result.timesDensePassesCpu[name], 2)} ×`,
          `${digits(100 * (result.agreement[name] ?? Number.NaN), 0)} %`,
        ]),
      ]),
    ].join('\n');
  });
  const [first] = results;
  const absent = Object.entries(first?.absent ?? {}).map(([name, reason]) => `${name} is absent: ${reason}`);
  const peaks = Object.entries(first?.peakMegabytes ?? {}).map(([name, peak]) => `${name} ${peak.toFixed(0)}`);
  const fits = fitsOf(results).map(
    ({ threads, ...fit }) => `${threads} thread${threads === 1 ? '' : 's'}, ${describeFit({ threads, ...fit })}`,
  );
  return [
    parts.join('\n\n'),
    '',
    'ann-tfjs-wasm takes T passes of stock tfjs per image, the cost of simulating densely; onnxruntime one pass.',
    `Peak megabytes of a process: ${peaks.join(', ')}.`,
    ...absent,
    ...(fits.length === 0 ? [] : ['', 'CPU time against synaptic operations, the line of least squares:', ...fits]),
  ].join('\n');
}
