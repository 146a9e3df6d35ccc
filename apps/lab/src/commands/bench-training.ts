import { textTable } from '@rheobase/network';
import { loadavg } from 'node:os';
import {
  benchKernels,
  benchTraining,
  type Contender,
  contenders,
  type ContenderTimes,
  kernelContenders,
  type LayerMeasurement,
  type TrainingTask,
} from '@rheobase/bench';
import type { Command } from 'commander';
import {
  describeSpikingTraining,
  measureSpikingTraining,
  type SpikingBenchOptions,
  spikingOnly,
} from './bench-spiking-training.js';
import { recordedPlugins } from '../choices/plugin-choice.js';
import { classifierFamily } from '../choices/network-task.js';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { assignment, fileEndingIn, integerFrom, integersFrom, numberUpTo } from '../choices/option-values.js';
import { prepareOutputFile } from '../output/output-file.js';
import { progress } from '../output/progress.js';
import { type Registries, writeRecord } from '@rheobase/experiments/node';

interface Options extends SpikingBenchOptions {
  readonly spiking?: boolean;
  readonly record?: string;
  readonly json?: boolean;
}

/** Measurements with one batch size. */
interface BatchResult {
  readonly batch: number;
  readonly imagesPerSecond: Readonly<Record<string, number>>;
  /** `rheobase` over `tfjsWasm`. */
  readonly ratio: number;
  readonly medianImagesPerSecond: Readonly<Record<string, number>>;
  readonly imagesPerCpuSecond: Readonly<Record<string, number>>;
  readonly peakMegabytes: Readonly<Record<string, number>>;
  /** Kernels that stock tfjs-wasm lacks, composed of its operations. */
  readonly composedForTfjsWasm: readonly string[];
  /** Absent with `--no-kernels`. */
  readonly kernels?: readonly LayerMeasurement[];
  readonly loadAverage: readonly number[];
}

/** `rheobase bench training`: the speed of a training step, with contenders taking turns. */
export function benchTrainingCommand(bench: Command, output: CommandOutput, registries: Registries): void {
  bench
    .command('training')
    .description(
      'images per second of a training step: these kernels against stock tfjs-wasm, or, of a spiking network through time, those that skip zeros against dense ones',
    )
    .option('--model <name>', 'architecture', 'resnet20')
    .option('--model-option <name=value>', 'option of the architecture', assignment, {})
    .option(
      '--batch <images...>',
      'images per step; several sizes are measured in turn (default: 128, with --spiking 64)',
      integersFrom(1),
    )
    .option('--rounds <n>', 'steps of each contender, after one to warm up', integerFrom(1), 3)
    .option('--spiking', 'train a spiking network through time, its thresholds set by --firing-rate')
    .option('--steps <T>', 'with --spiking: time steps', integerFrom(1), 4)
    .option(
      '--firing-rate <share>',
      'with --spiking: spikes per neuron and step in every layer',
      numberUpTo(0, 0.45),
      0.17,
    )
    .option('--surrogate <name>', "with --spiking: the surrogate of a spike's derivative", 'tanh')
    .option('--threads <n>', 'with --spiking: threads of each contender', integerFrom(1), 1)
    .option('--peers', "with --spiking: PyTorch too, if there is a python3 that has it (Debian's python3-torch)")
    .option('--no-kernels', 'leave out the speed of each kernel on each layer')
    .option(
      '--record <file>',
      'also write the result with its options and versions, a .json file',
      fileEndingIn('.json'),
    )
    .option('--json', 'print one line of JSON')
    .action(async (options: Options, used: Command) => {
      assertTogether(options, used);
      await prepareOutputFile(options.record);
      classifierFamily(options.model, registries);
      const plugins = registries.plugins.map(({ file }) => file);
      if (options.spiking === true) {
        const measured = await measureSpikingTraining(options, registries, output);
        const { rounds, firingRate } = options;
        const [only] = measured;
        const shared = { rounds, firingRate };
        const result = measured.length === 1 ? { ...only, ...shared } : { ...shared, batches: measured };
        writeResult(output, options, result, () =>
          measured.map((own) => describeSpikingTraining(own, rounds)).join('\n\n'),
        );
        if (options.record !== undefined) {
          await writeRecord(options.record, 'bench training', { ...options }, recordedPlugins(registries), result);
        }
        return;
      }
      const { model, modelOption, batch: sizes = [128], rounds } = options;
      const results: BatchResult[] = [];
      for (const batch of sizes) results.push(await measure({ model, modelOption, batch, plugins }, options, output));
      const [only] = results;
      const shared = { model, rounds };
      const result = results.length === 1 ? { ...shared, ...only } : { ...shared, batches: results };
      writeResult(output, options, result, () => results.map((own) => describe(own, options)).join('\n\n'));
      if (options.record !== undefined) {
        await writeRecord(
          options.record,
          'bench training',
          { ...options, batch: sizes },
          recordedPlugins(registries),
          result,
        );
      }
    });
}

/** @throws naming an option that has no effect. */
function assertTogether({ spiking }: Options, used: Command): void {
  if (spiking === true) return;
  for (const [name, option] of Object.entries(spikingOnly)) {
    if (used.getOptionValueSource(name) === 'cli')
      throw new Error(`${option} is for training through time: add --spiking.`);
  }
}

async function measure(task: TrainingTask, { rounds, kernels }: Options, output: CommandOutput): Promise<BatchResult> {
  const label = `batch ${task.batch}`;
  const steps = progress(output, label, contenders.length * (rounds + 1), 'steps');
  const times = await benchTraining(task, contenders, rounds, steps.to).finally(steps.end);
  const loadAverage = loadavg();
  const measured = kernels ? await measureLayers(task, label, output) : undefined;
  const of = (read: (own: ContenderTimes) => number): Record<string, number> =>
    Object.fromEntries([...times].map(([contender, own]) => [contender, read(own)]));
  const speed = (contender: Contender): number => times.get(contender)?.imagesPerSecond ?? Number.NaN;
  return {
    batch: task.batch,
    imagesPerSecond: of((own) => own.imagesPerSecond),
    ratio: speed('rheobase') / speed('tfjsWasm'),
    medianImagesPerSecond: of((own) => own.medianImagesPerSecond),
    imagesPerCpuSecond: of((own) => own.imagesPerCpuSecond),
    peakMegabytes: of((own) => own.peakMegabytes),
    composedForTfjsWasm: times.get('tfjsWasm')?.composed ?? [],
    ...(measured && { kernels: measured }),
    loadAverage,
  };
}

async function measureLayers(
  task: TrainingTask,
  label: string,
  output: CommandOutput,
): Promise<readonly LayerMeasurement[]> {
  let bar: ReturnType<typeof progress> | undefined;
  try {
    return await benchKernels(task, (done, total, note) => {
      bar ??= progress(output, label, total, 'kernels');
      bar.to(done, note);
    });
  } finally {
    bar?.end();
  }
}

function describe(result: BatchResult, { model, rounds }: Options): string {
  const { kernels, imagesPerSecond, medianImagesPerSecond, imagesPerCpuSecond, peakMegabytes } = result;
  const digits = (value: number | undefined, places = 1): string => value?.toFixed(places) ?? '';
  return [
    `${model}, batch ${result.batch}, one thread; the fastest of ${rounds} steps each, taking turns`,
    textTable([
      ['', 'images/s', 'median', 'per CPU second', 'peak MB'],
      ...contenders.map((contender) => [
        contender,
        digits(imagesPerSecond[contender]),
        digits(medianImagesPerSecond[contender]),
        digits(imagesPerCpuSecond[contender]),
        digits(peakMegabytes[contender], 0),
      ]),
    ]),
    `${result.ratio.toFixed(1)} times stock tfjs-wasm, which is tfjs' own operations, gradients, loss and optimizer, with ` +
      `${result.composedForTfjsWasm.join(', ')} composed of its operations, as it has none.`,
    ...(kernels === undefined
      ? []
      : [
          '',
          'GF/s of the fastest round (median) by layer, a multiply-add being two operations',
          textTable([
            ['kernel', 'shape', 'layers', ...kernelContenders],
            ...kernels.map(({ kernel, shape, nodes, gigaflops, medianGigaflops }) => [
              kernel,
              shape,
              String(nodes.length),
              ...kernelContenders.map((contender) =>
                gigaflops[contender] === undefined
                  ? ''
                  : `${digits(gigaflops[contender])} (${digits(medianGigaflops[contender])})`,
              ),
            ]),
          ]),
        ]),
  ].join('\n');
}
