import { defaultBoxDatasets } from '@rheobase/datasets/node';
import type { SplitName } from '@rheobase/datasets';
import { type ApReport, defaultApProtocols } from '@rheobase/detection';
import { bind, startTensorBackend } from '@rheobase/execution';
import {
  analogDetections,
  assertDetects,
  type BoxImages,
  doublingSteps,
  type EngineName,
  type Precision,
  spikingDetections,
  type SpikingDetectionSummary,
  summarizeDetections,
} from '@rheobase/experiments';
import { fileHash, writeRecord } from '@rheobase/experiments/node';
import { type Network, unknownName } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../command-output.js';
import { type CountingOptions, countingOf, withCountingOptions } from '../counting.js';
import { chooseDataset } from '../dataset-choice.js';
import {
  chooseDetector,
  type DetectorOptions,
  isSpiking,
  sayRandomWeights,
  sourceBeside,
  withDetectorOptions,
} from '../detector-choice.js';
import {
  assertDetectorRecipeApplies,
  convertByFolder,
  type DetectorRecipeOptions,
  given,
  recipeFlags,
  withDetectorRecipe,
} from '../detector-recipe.js';
import { assertEngineApplies, type EngineOptions, startEngine, withEngineOptions } from '../engine-choice.js';
import { path, wholeNumber } from '../option-values.js';
import { networkFile } from '../network-choice.js';
import { prepareOutputFile } from '../output-file.js';
import { progress } from '../progress.js';
import { millions, percent, table } from '../table.js';

type Options = DetectorOptions &
  DetectorRecipeOptions &
  EngineOptions &
  CountingOptions & {
    readonly dataset?: string;
    readonly dataDir?: string;
    readonly split?: string;
    readonly protocol?: string;
    readonly limit?: number;
    readonly batch: number;
    readonly steps?: number;
    readonly record?: string;
    readonly json?: boolean;
  };

/** The options that only conversion asks, and those that only a spiking network is run and counted by. */
const ofSpiking: readonly (keyof Options)[] = [
  'engine',
  'precision',
  'threads',
  'energyModel',
  'firstLayer',
  'readOut',
];

/** The options that had a say: those of conversion have none for a network that is spiking already, or stays analog; then engine and energy have none either. */
function settled(options: Options, network: Network): Readonly<Record<string, unknown>> {
  const staysAnalog = !isSpiking(network) && options.steps === undefined;
  const silent: readonly string[] = [
    ...(staysAnalog || isSpiking(network) ? Object.keys(recipeFlags) : []),
    ...(staysAnalog ? ofSpiking : []),
  ];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !silent.includes(name)));
}

/** Of the file the parameters were read from: a record names no paths. */
async function hashes({ network, weights }: Options): Promise<Readonly<Record<string, string>>> {
  if (network !== undefined) return { network: await fileHash(await networkFile(network)) };
  return weights === undefined ? {} : { weights: await fileHash(weights) };
}

/** `rheobase evaluate-detector`: mean average precision of a detector, and of its spiking network at every t. */
export function evaluateDetectorCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('evaluate-detector')
    .description('mean average precision of a detector; with --steps also of the spiking network made of it')
    .option(
      '--dataset <name>',
      `set of images with boxes: ${defaultBoxDatasets.names.join(', ')}; that of the run whose folder --network is, or stands in, unless given`,
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders, such as coco', path)
    .option('--split <name>', 'part of the set; the one results are reported on unless given')
    .option('--protocol <name>', `${defaultApProtocols.names.join(', ')}; the set’s own unless given`)
    .option('--limit <images>', 'use only the first images', wholeNumber(1))
    .option('--batch <images>', 'images at a time', wholeNumber(1), 4)
    .option(
      '--steps <T>',
      'time steps of the spiking network; an analog one is converted first',
      wholeNumber(1, 10_000),
    )
    .option('--record <file>', 'also write the result with its options and versions, a .json file', path)
    .option('--json', 'print one line of JSON');
  withCountingOptions(withEngineOptions(withDetectorRecipe(withDetectorOptions(command)))).action(
    async (options: Options, used: Command) => {
      assertEngineApplies(options);
      const counting = countingOf(options);
      await prepareOutputFile(options.record);
      const chosen = await chooseDetector(options);
      sayRandomWeights(output, chosen);
      assertDetectorRecipeApplies(chosen.network, options, given(used));
      const { detector, normalization, fit, label } = chosen;
      const known = `one of ${defaultBoxDatasets.names.join(', ')}`;
      const dataset = defaultBoxDatasets.get(chooseDataset(options.dataset, chosen, output, known));
      const protocol = defaultApProtocols.get(options.protocol ?? dataset.protocol);
      const source = await dataset.open({ dataDir: options.dataDir, split: splitOf(options, dataset) });
      try {
        const shown: BoxImages = {
          source,
          normalization,
          fit,
          size: detector.size,
          count: Math.min(options.limit ?? source.length, source.length),
          batchSize: options.batch,
        };
        assertDetects(detector, shown);
        await startTensorBackend();
        const { spec } = detector;
        const { analog, spiking, steps } = await networksOf();
        const report = analog && protocol.evaluate(await analogPass(analog), spec.classes);
        const simulated = spiking && (await spikingPass(spiking, steps));
        const summary = simulated?.summary;
        const result = {
          network: label,
          weights: chosen.weights,
          dataset: source.name,
          split: source.split,
          images: shown.count,
          normalization: normalization.name,
          fit: `${fit.shape} ${fit.filter}`,
          ...(report && { analog: namedReport(report, source.classNames) }),
          ...(simulated && { ...simulated.by, spiking: summary }),
          findings: source.findings.length,
        };
        writeResult(output, options, result, () =>
          describe(label, source.name, source.split, shown.count, report, summary),
        );
        if (options.record !== undefined)
          await writeRecord(
            options.record,
            'evaluate-detector',
            settled({ ...options, dataset: dataset.name }, chosen.network),
            await hashes(options),
            result,
          );

        async function networksOf(): Promise<{
          readonly analog?: Network;
          readonly spiking?: Network;
          readonly steps: number;
        }> {
          const { network } = chosen;
          if (isSpiking(network)) {
            const steps = options.steps ?? Number(network.metadata['steps']);
            if (!Number.isSafeInteger(steps) || steps < 1) {
              throw new Error('Give --steps T: the network does not say for how many time steps it was made.');
            }
            const beside = await sourceBeside(options.network ?? '');
            return { ...(beside && { analog: beside }), spiking: network, steps };
          }
          if (options.steps === undefined) return { analog: network, steps: 0 };
          const { source: folded, converted } = await convertByFolder(chosen, options, options.steps, output);
          return { analog: folded, spiking: (converted.at(-1) ?? converted[0]).network, steps: options.steps };
        }

        async function analogPass(network: Network): ReturnType<typeof analogDetections> {
          const bound = bind(network);
          const bar = progress(output, label, shown.count, 'images');
          try {
            return await analogDetections(bound, detector, shown, { onBatch: (images) => bar.to(images) });
          } finally {
            bar.end();
            bound.dispose();
          }
        }

        async function spikingPass(network: Network, T: number): Promise<SpikingPass> {
          const { engine, fallback } = await startEngine(network, options, output);
          const reference = analog && bind(analog);
          const bar = progress(output, `${label}, T = ${T}`, shown.count, 'images');
          try {
            const done = await spikingDetections(engine, detector, shown, {
              steps: T,
              readAt: doublingSteps(T),
              ...(reference && { reference }),
              onBatch: (images) => bar.to(images),
            });
            const summary = summarizeDetections(network, done, { protocol, classes: spec.classes, counting });
            const { name, precision } = engine;
            return { summary, by: { engine: name, precision, ...(fallback !== undefined && { fallback }) } };
          } finally {
            bar.end();
            reference?.dispose();
            await engine.dispose();
          }
        }
      } finally {
        await source.close();
      }
    },
  );
}

/** What a spiking detector did, and who simulated it. */
interface SpikingPass {
  readonly summary: SpikingDetectionSummary;
  readonly by: { readonly engine: EngineName; readonly precision: Precision; readonly fallback?: string };
}

function splitOf(
  { split }: Options,
  {
    name,
    splits,
    evaluationSplit,
  }: { readonly name: string; readonly splits: readonly SplitName[]; readonly evaluationSplit: SplitName },
): SplitName {
  if (split === undefined) return evaluationSplit;
  const found = splits.find((known) => known === split);
  if (found === undefined) throw new Error(unknownName(`part of ${name}`, split, splits));
  return found;
}

/** A report whose classes have names; those without objects are left out. */
function namedReport({ apByClass, objectsByClass, ...rest }: ApReport, classNames: readonly string[]): object {
  const classes = classNames.flatMap((name, label) =>
    (objectsByClass[label] ?? 0) > 0 ? [[name, { ap: apByClass[label], objects: objectsByClass[label] }] as const] : [],
  );
  return { ...rest, byClass: Object.fromEntries(classes) };
}

function describe(
  label: string,
  set: string,
  split: string,
  images: number,
  report: ApReport | undefined,
  summary: SpikingDetectionSummary | undefined,
): string {
  const lines: string[] = [];
  if (report !== undefined) {
    const further = Object.entries(report.further)
      // Of sizes that no object has there is nothing to tell.
      .filter(([, value]) => !Number.isNaN(value))
      .map(([name, value]) => `${name} ${percent(value)}`);
    lines.push(
      `${label} on ${images} images of ${set} (${split}): mean AP@0.5 ${percent(report.meanApAtHalf)}, ` +
        `${report.protocol} ${percent(report.meanAp)} over ${report.objectsByClass.filter((objects) => objects > 0).length} classes`,
      ...(further.length > 0 ? [further.join(', ')] : []),
    );
  }
  if (summary !== undefined) {
    const rows = summary.at.map((at) => [
      String(at.steps),
      percent(at.meanApAtHalf),
      percent(at.meanAp),
      at.distance === undefined ? '' : at.distance.toFixed(3),
      at.firingRate.toFixed(3),
      millions(at.sopsPerImage),
      at.energyRatio.toFixed(3),
    ]);
    lines.push(
      '',
      table([['T', 'mean AP@0.5', summary.protocol, 'distance', 'firing rate', 'SOPs/image', 'energy/ANN'], ...rows]),
      '',
      `The source network needs ${millions(summary.macsPerImage)} MACs an image. Distance: of the output maps from the source network’s, relative.`,
    );
  }
  return lines.join('\n');
}
