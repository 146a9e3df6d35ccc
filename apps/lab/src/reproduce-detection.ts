import { defaultBoxDatasets } from '@rheobase/datasets/node';
import {
  type DetectionExperiment,
  type DetectionRunResult,
  reproduceDetection,
  smokeDetection,
} from '@rheobase/experiments/node';
import { type CommandOutput, say, writeResult } from './command-output.js';
import type { ReproduceCommandOptions } from './commands/reproduce.js';
import { interruptible } from './interruptible.js';
import { taskBar } from './progress.js';
import { drawReport } from './report-file.js';
import { millions, percent, table } from './table.js';

/**
 * Runs an experiment on a detector and prints its table.
 *
 * @throws if an option was given that is for networks that classify.
 */
export async function runDetection(
  file: DetectionExperiment,
  options: ReproduceCommandOptions & { readonly out: string },
  output: CommandOutput,
): Promise<void> {
  const foreign = (['weights', 'quantized', 'model', 'normalization'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (foreign !== undefined)
    throw new Error(`--${foreign} is not for experiments on detectors: these train their own source network.`);
  const unheard = [
    ...(options.threads > 1 ? ['--threads'] : []),
    ...(options.deterministic === true ? ['--deterministic'] : []),
    ...(options.limit === undefined ? [] : ['--limit']),
  ];
  if (unheard.length > 0)
    throw new Error(
      `${unheard.join(' and ')}: not for experiments on detectors yet; leave it away. \`testImages\` of the file limits its test set.`,
    );
  const { dataDir, steps, seed, out, engine } = options;
  const { experiment, reductions } = options.smoke ? smokeDetection(file) : { experiment: file, reductions: [] };
  for (const reduction of reductions) say(output, `smoke run: ${reduction}`);
  const dataset = defaultBoxDatasets.get(experiment.data.dataset);
  const begun = `${experiment.table}: ${experiment.detector.model} on ${dataset.name}, T = ${steps ?? experiment.steps[0]}, in ${out}`;
  const bar = taskBar(output);
  const result = await interruptible(output, (signal) =>
    reproduceDetection({
      experiment,
      ...(steps !== undefined && { steps }),
      ...(seed !== undefined && { seed }),
      engine,
      ...(options.smoke && { smoke: reductions }),
      out,
      openTraining: () => dataset.open({ dataDir, split: 'train' }),
      openTest: () => dataset.open({ dataDir, split: dataset.evaluationSplit }),
      signal,
      onBegin: () => say(output, begun),
      onProgress: ({ task, ...at }) => bar.to(task, at),
      onStage: ({ name, meanApAtHalf, seconds }) => {
        bar.end();
        say(output, `${name}: mean AP@0.5 ${percent(meanApAtHalf)} on held-out images, ${seconds.toFixed(0)} s`);
      },
    }),
  ).finally(bar.end);
  writeResult(output, options, result, () => describe(result, out));
  await drawReport(out, output);
}

function describe(
  { ann, quantClip, stages, validation, images, network, reason, steps }: DetectionRunResult,
  out: string,
): string {
  const times = Object.values(stages)[0]?.at.map(({ steps: t }) => t) ?? [];
  const analog = (name: string, key: string, value: number): readonly string[] => [
    name,
    percent(validation[key] ?? Number.NaN),
    ...times.slice(1).map(() => ''),
    percent(value),
    '',
    '',
    '',
  ];
  const rows = Object.entries(stages).map(([name, { at }]) => {
    const last = at.at(-1);
    return [
      name,
      percent(validation[name] ?? Number.NaN),
      ...at.map(({ meanApAtHalf }) => percent(meanApAtHalf)),
      (last?.firingRate ?? Number.NaN).toFixed(3),
      millions(last?.sopsPerImage ?? Number.NaN),
      (last?.energyRatio ?? Number.NaN).toFixed(3),
    ];
  });
  return [
    '',
    table([
      ['mean AP@0.5', 'held out', ...times.map((t) => `T = ${t}`), 'firing rate', 'SOPs/image', 'energy/ANN'],
      analog('source network', 'sourceUnfolded', ann),
      analog(`stage I: quantized, L = ${steps}`, 'quantClip', quantClip),
      ...rows,
    ]),
    '',
    `${images} test images, read once, after every choice was made on held-out training images.`,
    `${out}/network.safetensors is '${network}'.`,
    `No figure is expected: ${reason}.`,
  ].join('\n');
}
