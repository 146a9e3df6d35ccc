import { textTable } from '@rheobase/network';
import { loadavg } from 'node:os';
import {
  measureSpikeKernels,
  randomCases,
  realCases,
  type SpikeKernelBenchmark,
  type SpikeKernelMeasurement,
} from '@rheobase/bench';
import { fileHash, type Registries, writeRecord } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import {
  chooseImages,
  describeImages,
  type ImageOptions,
  withImageOptions,
  withOwnImages,
} from '../choices/bench-images.js';
import { recordedPlugins } from '../choices/plugin-choice.js';
import { networksOfFolder } from '../choices/bench-networks.js';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { networkFile } from '../choices/network-choice.js';
import { fileEndingIn, path, integerFrom } from '../choices/option-values.js';
import { prepareOutputFile } from '../output/output-file.js';
import { progress } from '../output/progress.js';

interface Options extends ImageOptions {
  readonly network?: string;
  readonly steps: number;
  readonly rounds: number;
  readonly record?: string;
  readonly json?: boolean;
}

/** `rheobase bench spike-kernels`: additions per second of the spike convolutions. */
export function benchSpikeKernelsCommand(bench: Command, output: CommandOutput, registries: Registries): void {
  const command = bench
    .command('spike-kernels')
    .description(
      'weights added per second by the spike convolutions, against a bare loop of the same instructions: at densities of 1 to 50 %, or on a network’s own spikes',
    )
    .option('--network <folder>', 'measure the layers of this network, on its actual spikes', path)
    .option('--steps <T>', 'time steps per call', integerFrom(1, 32), 4)
    .option('--rounds <n>', 'turns of each kernel, ten calls each', integerFrom(1), 30)
    .option(
      '--record <file>',
      'also write the result with its options and versions, a .json file',
      fileEndingIn('.json'),
    )
    .option('--json', 'print one line of JSON');
  withImageOptions(command).action(async (asked: Options) => {
    const options = await withOwnImages(asked, asked.network, registries, output);
    await prepareOutputFile(options.record);
    const { network: folder, steps, rounds } = options;
    const cases = folder === undefined ? randomCases(steps) : await casesOf(folder, options, registries);
    const bar = progress(output, 'kernels', cases.length, 'cases');
    const clock = (): number => {
      const { user, system } = process.cpuUsage();
      return user + system;
    };
    const measured = await measureSpikeKernels(cases, { clock, rounds, onCase: (done) => bar.to(done) }).finally(
      bar.end,
    );
    const spikes = folder === undefined ? 'random' : describeImages(options);
    const result = { steps, rounds, spikes, ...measured, loadAverage: loadavg() };
    writeResult(output, options, result, () => describe(measured, steps));
    if (options.record !== undefined) {
      const file = folder === undefined ? undefined : await networkFile(folder);
      const hashes = { ...(file && { network: await fileHash(file) }), ...recordedPlugins(registries) };
      await writeRecord(options.record, 'bench spike-kernels', { ...options }, hashes, result);
    }
  });
}

async function casesOf(folder: string, options: Options, registries: Registries): ReturnType<typeof realCases> {
  const { spiking } = await networksOfFolder(folder, options, registries);
  const images = await chooseImages(spiking, options, registries, 1);
  return realCases(spiking, images, options.steps, registries.neurons);
}

function describe({ peaks, measurements }: SpikeKernelBenchmark, steps: number): string {
  const rows = measurements.map((own: SpikeKernelMeasurement) => [
    own.layer,
    `${(100 * own.density).toFixed(1)} %`,
    own.format,
    own.by,
    own.microseconds.toFixed(0),
    own.gigaadditions.toFixed(1),
    `${(100 * own.shareOfPeak).toFixed(0)} %`,
  ]);
  return [
    `${steps} time steps in a call, neurons included; least CPU time`,
    textTable([['layer', 'firing', 'format', 'by', 'µs', 'Gadd/s', 'of peak'], ...rows]),
    '',
    `Peak of the bare loop that loads weights and adds them: ${peaks.f32.toFixed(1)} Gadd/s in float32, ${peaks.i8.toFixed(1)} in int8. ` +
      'A table adds up to eight weights at once, so it may pass that.',
  ].join('\n');
}
