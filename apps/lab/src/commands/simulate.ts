import { type Images, images, networkAccuracy, spikingAccuracy, summarize } from '@rheobase/experiments';
import { fileHash, imagesHash, writeRecord, type Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import {
  assertRecipeApplies,
  convertByRecipe,
  type RecipeOptions,
  sayWarnings,
  withRecipeOptions,
} from '../choices/conversion-recipe.js';
import { type CountingOptions, countingOf, withCountingOptions } from '../choices/counting.js';
import { type DatasetOptions, openImages, withDatasetOptions } from '../choices/dataset-choice.js';
import {
  assertEngineApplies,
  correctedBy,
  type CorrectionOptions,
  describeEngine,
  type EngineOptions,
  roundedFor,
  simulatedBy,
  startEngine,
  withCorrectionOption,
  withEngineOptions,
} from '../choices/engine-choice.js';
import {
  assertNoEventsOption,
  type EventsOptions,
  isEventsSet,
  withEventsOption,
} from '../choices/event-recordings.js';
import { simulateEvents } from '../choices/simulated-events.js';
import {
  chooseClassifier,
  type NetworkOptions,
  parametersFile,
  withNetworkOptions,
} from '../choices/network-choice.js';
import { fileEndingIn, integerFrom } from '../choices/option-values.js';
import { recordedPlugins } from '../choices/plugin-choice.js';
import { prepareOutputFile } from '../output/output-file.js';
import { accuracyOn, progress } from '../output/progress.js';
import { describeSpiking } from '../output/spiking-table.js';
import { writePicture } from '../output/picture-file.js';
import { assertStepsFit, ownSteps } from '../choices/steps-fit.js';
import { tablePicture } from '../output/table-picture.js';
import { subjectOf, tryOnImages } from '../choices/trial.js';

type Options = NetworkOptions &
  DatasetOptions &
  EventsOptions &
  RecipeOptions &
  CountingOptions &
  EngineOptions &
  CorrectionOptions & {
    readonly steps?: number;
    readonly picture?: string;
    readonly record?: string;
    readonly json?: boolean;
  };

/** `rheobase simulate`: accuracy, spikes and energy of a spiking network at every t ≤ T; converts an analog one first. */
export function simulateCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('simulate')
    .description('run a spiking network, or the conversion of a trained one, over T time steps')
    .option(
      '--steps <T>',
      'time steps (default: those that a calibrated network was made for; with recordings of events, the frames of the longest)',
      integerFrom(1, 100_000),
    )
    .option('--picture <file>', 'also draw the table, an .svg or .png file', fileEndingIn('.svg', '.png'))
    .option(
      '--record <file>',
      'also write the result with its options, versions and hashes, a .json file',
      fileEndingIn('.json'),
    )
    .option('--json', 'print one line of JSON');
  withCorrectionOption(
    withEngineOptions(
      withCountingOptions(
        withRecipeOptions(withEventsOption(withDatasetOptions(withNetworkOptions(command))), registries),
      ),
    ),
  ).action(async (options: Options, used: Command) => {
    const counting = countingOf(options);
    assertEngineApplies(options);
    await prepareOutputFile(options.record);
    await prepareOutputFile(options.picture);
    const given = await chooseClassifier(options, registries, output);
    const { label } = given;
    assertRecipeApplies(given.network, (name) => used.getOptionValueSource(name) === 'cli');
    if (isEventsSet(options.dataset)) return simulateEvents(given, options.dataset, options, used, registries, output);
    assertNoEventsOption(options);
    const steps = options.steps ?? ownSteps(given.network);
    assertStepsFit(given.network, steps);
    await tryOnImages(given, options, registries, output, async (trial) => {
      const {
        chosen,
        dataset,
        given: { network },
      } = trial;
      const alreadySpikes = isSpiking(network);
      const spiking = alreadySpikes ? network : await converted();
      const annAccuracy = alreadySpikes ? undefined : await accuracyOf(network, chosen, registries, output);

      const started = await startEngine(
        spiking,
        options,
        registries,
        output,
        options.correctBias === true
          ? correctedBy(openCalibration, steps, registries)
          : roundedFor(chosen.normalization, registries),
      );
      const { engine } = started;
      const by = simulatedBy(started);
      const bar = progress(output, `${label}, T = ${steps}`, chosen.count, 'images');
      try {
        const summary = summarize(spiking, await spikingAccuracy(engine, chosen, steps, accuracyOn(bar)), counting);
        bar.end();
        const result = {
          ...summary,
          ...by,
          ...(annAccuracy === undefined ? {} : { annAccuracy }),
          ...subjectOf(trial),
        };
        writeResult(output, options, result, () =>
          [describeSpiking(summary, annAccuracy), describeEngine(by)].join('\n'),
        );
        if (options.picture !== undefined) {
          const title = `${label} on ${chosen.source.name}, accuracy after T time steps`;
          await writePicture(options.picture, tablePicture(title, summary, annAccuracy));
        }
        if (options.record !== undefined) {
          const file = await parametersFile(options);
          const hashes = {
            ...(file && { network: await fileHash(file) }),
            images: await imagesHash(chosen),
            ...recordedPlugins(registries),
          };
          await writeRecord(options.record, 'simulate', { ...options, dataset, steps }, hashes, result);
        }
      } finally {
        bar.end();
        await engine.dispose();
      }

      async function converted(): Promise<Network> {
        const { network: result, report } = await convertByRecipe(
          network,
          options,
          steps,
          openCalibration,
          registries,
          output,
        );
        sayWarnings(output, report);
        return result;
      }

      async function openCalibration(): Promise<Images> {
        const source = await openImages({ ...options, dataset }, options.calibrationSplit, network, registries, output);
        return images(source, chosen.normalization, { limit: options.calibrationImages, batchSize: options.batch });
      }
    });
  });
}

async function accuracyOf(
  network: Network,
  chosen: Images,
  registries: Registries,
  output: CommandOutput,
): Promise<number> {
  const bar = progress(output, 'source network', chosen.count, 'images');
  try {
    return (await networkAccuracy(network, chosen, accuracyOn(bar), registries)).accuracy;
  } finally {
    bar.end();
  }
}
