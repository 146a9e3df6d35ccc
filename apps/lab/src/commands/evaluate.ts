import { networkAccuracy } from '@rheobase/experiments';
import { isSpiking } from '@rheobase/network';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { type DatasetOptions, withDatasetOptions } from '../choices/dataset-choice.js';
import {
  assertNoEventsOption,
  evaluateEvents,
  type EventsOptions,
  isEventsSet,
  withEventsOption,
} from '../choices/event-recordings.js';
import { chooseClassifier, type NetworkOptions, withNetworkOptions } from '../choices/network-choice.js';
import { accuracyOn, progress } from '../output/progress.js';
import { percent } from '../output/figures.js';
import { subjectOf, tryOnImages } from '../choices/trial.js';

type Options = NetworkOptions & DatasetOptions & EventsOptions & { readonly json?: boolean };

/** `rheobase evaluate`: the accuracy of an analog network on images, or of a spiking one on recordings of an event camera. */
export function evaluateCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('evaluate')
    .description('classify images, or recordings of an event camera, with a trained network and print its accuracy')
    .option('--json', 'print one line of JSON');
  withEventsOption(withDatasetOptions(withNetworkOptions(command))).action(async (options: Options, used: Command) => {
    const given = await chooseClassifier(options, registries, output);
    const { label } = given;
    const { dataset } = options;
    if (isEventsSet(dataset)) return evaluateEvents(given, dataset, options, used, registries, output);
    assertNoEventsOption(options);
    if (isSpiking(given.network)) {
      throw new Error(
        `${label} is a spiking network: run it with \`rheobase simulate --steps T\`, or here on recordings of an event camera, --dataset nmnist.`,
      );
    }
    await tryOnImages(given, options, registries, output, async (trial) => {
      const {
        chosen,
        given: { network },
      } = trial;
      const { source } = chosen;
      const bar = progress(output, label, chosen.count, 'images');
      const result = await networkAccuracy(network, chosen, accuracyOn(bar), registries).finally(bar.end);
      writeResult(
        output,
        options,
        { ...result, ...subjectOf(trial) },
        () =>
          `${label} on ${result.images} images of ${source.name} (${source.split}): ${percent(result.accuracy)}, ` +
          `${result.imagesPerSecond.toFixed(0)} images/s`,
      );
    });
  });
}
