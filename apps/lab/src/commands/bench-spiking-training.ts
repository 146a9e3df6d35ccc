import {
  findTorch,
  runSpikingTrainingSession,
  type SparseMeasurement,
  type SpikingTrainingResult,
} from '@rheobase/bench';
import type { Registries } from '@rheobase/experiments/node';
import { ownValue, textTable } from '@rheobase/network';
import { type CommandOutput, say } from '../output/command-output.js';
import { progress } from '../output/progress.js';

/** What `bench training` takes with `--spiking`. */
export interface SpikingBenchOptions {
  readonly model: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly batch?: readonly number[];
  readonly rounds: number;
  readonly kernels: boolean;
  readonly steps: number;
  readonly firingRate: number;
  readonly surrogate: string;
  readonly threads: number;
  readonly peers?: boolean;
}

/** Options that only `--spiking` has, and their names in a program's options. */
export const spikingOnly: Readonly<Record<string, string>> = {
  steps: '--steps',
  firingRate: '--firing-rate',
  surrogate: '--surrogate',
  threads: '--threads',
  peers: '--peers',
};

const defaultBatch = 64;
/** The share of spikes that kernels are measured at, besides the firing rate. */
const densities = [0.05, 0.35] as const;

/** Measures backpropagation through time, at each batch size. */
export async function measureSpikingTraining(
  options: SpikingBenchOptions,
  registries: Registries,
  output: CommandOutput,
): Promise<readonly SpikingTrainingResult[]> {
  const torch = options.peers === true ? await findTorch() : undefined;
  if (torch !== undefined && 'absent' in torch) say(output, `note: pytorch is absent: ${torch.absent}`);
  const results: SpikingTrainingResult[] = [];
  for (const batch of options.batch ?? [defaultBatch]) {
    const bars = new Map<string, ReturnType<typeof progress>>();
    const onProgress = (part: string, done: number, total: number, note: string): void => {
      const bar = bars.get(part) ?? progress(output, `batch ${batch}`, total, part);
      bars.set(part, bar);
      bar.to(done, note);
      if (done === total) bar.end();
    };
    const { model, modelOption, rounds, steps, surrogate, threads, firingRate: rate } = options;
    const kernelDensities = [...new Set([...densities, rate])].toSorted((a, b) => a - b);
    results.push(
      await runSpikingTrainingSession({
        model,
        modelOption,
        batch,
        plugins: registries.plugins.map(({ file }) => file),
        steps,
        rate,
        surrogate,
        threads,
        rounds,
        densities: options.kernels ? kernelDensities : undefined,
        torch,
        conversions: registries.siteConversions,
        onProgress,
      }),
    );
  }
  return results;
}

const digits = (value: number | undefined, places = 1): string => value?.toFixed(places) ?? '';
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What was measured, in words. */
export function describeSpikingTraining(result: SpikingTrainingResult, rounds: number): string {
  const { model, steps, batch, threads, surrogate, imagesPerSecond, ratioTo, layers, kernels, torchAbsent } = result;
  const contenders = Object.keys(imagesPerSecond) as (keyof typeof imagesPerSecond)[];
  return [
    `${model}, T = ${steps}, batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}, surrogate ${surrogate}: ` +
      `training through time, the fastest of ${rounds} steps each, taking turns`,
    textTable([
      ['', 'images/s', 'median', 'per CPU second', 'peak MB', 'rheobase is'],
      ...contenders.map((name) => [
        name,
        digits(ownValue(imagesPerSecond, name)),
        digits(ownValue(result.medianImagesPerSecond, name)),
        digits(ownValue(result.imagesPerCpuSecond, name)),
        digits(ownValue(result.peakMegabytes, name), 0),
        ownValue(ratioTo, name) === undefined ? '' : `${digits(ownValue(ratioTo, name), 2)} ×`,
      ]),
    ]),
    'rheobase skips zeros; dense is the same by the dense kernels; analog trains the source network, once instead of T times.',
    ...(torchAbsent === undefined ? [] : [`pytorch is absent: ${torchAbsent}.`]),
    '',
    'What each convolution of spikes sees: the share of its input, and of the gradient of its result, that is not zero',
    textTable([
      ['layer', 'input', 'gradient'],
      ...layers.map(({ node, input, gradient }) => [node, percent(input), percent(gradient)]),
    ]),
    ...(kernels === undefined ? [] : ['', describeKernels(kernels)]),
  ].join('\n');
}

function describeKernels(kernels: readonly SparseMeasurement[]): string {
  return [
    'GF/s of the fastest round by layer and share of the input that is not zero, counting the operations of a dense kernel',
    textTable([
      ['kernel', 'shape', 'layers', 'not zero', 'skipping zeros', 'dense'],
      ...kernels.map(({ kernel, shape, nodes, density, gigaflops }) => [
        kernel,
        shape,
        String(nodes.length),
        kernel === 'input gradient' ? '' : percent(density),
        digits(gigaflops.sparse),
        digits(gigaflops.dense),
      ]),
    ]),
  ].join('\n');
}
