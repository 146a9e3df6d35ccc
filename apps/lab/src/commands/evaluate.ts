import { startTensorBackend } from '@rheobase/execution';
import { assertFits, images, networkAccuracy } from '@rheobase/experiments';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../command-output.js';
import {
  chooseDataset,
  chooseNormalization,
  type DatasetOptions,
  openImages,
  withDatasetOptions,
} from '../dataset-choice.js';
import { chooseNetwork, type NetworkOptions, sayAssumptions, withNetworkOptions } from '../network-choice.js';
import { accuracyOn, progress } from '../progress.js';
import { percent } from '../table.js';

type Options = NetworkOptions & DatasetOptions & { readonly json?: boolean };

/** `rheobase evaluate`: the accuracy of an analog network. */
export function evaluateCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('evaluate')
    .description('classify images with a trained network and print its accuracy')
    .option('--json', 'print one line of JSON');
  withDatasetOptions(withNetworkOptions(command)).action(async (options: Options) => {
    const given = await chooseNetwork(options);
    const { network, label, normalization } = given;
    if (network.nodes.some((node) => node.op === 'neuron')) {
      throw new Error(`${label} is a spiking network: run it with \`rheobase simulate --steps T\`.`);
    }
    sayAssumptions(output, given, options);
    const dataset = chooseDataset(options.dataset, given, output);
    const source = await openImages({ ...options, dataset }, options.split);
    const chosen = images(source, chooseNormalization(options.normalization, normalization), options);
    assertFits(network, chosen);
    await startTensorBackend();
    const bar = progress(output, label, chosen.count, 'images');
    try {
      const result = await networkAccuracy(network, chosen, accuracyOn(bar));
      bar.end();
      writeResult(
        output,
        options,
        {
          ...result,
          network: label,
          weights: given.weights,
          dataset: source.name,
          split: source.split,
          normalization: chosen.normalization.name,
        },
        () =>
          `${label} on ${result.images} images of ${source.name} (${source.split}): ${percent(result.accuracy)}, ` +
          `${result.imagesPerSecond.toFixed(0)} images/s`,
      );
    } finally {
      bar.end();
      await source.close();
    }
  });
}
