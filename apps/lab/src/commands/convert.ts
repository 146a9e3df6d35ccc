import { formatReport } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { writeNetworkFile } from '@rheobase/network/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../command-output.js';
import { convertByRecipe, type RecipeOptions, withRecipeOptions } from '../conversion-recipe.js';
import { chooseNormalization, type DatasetOptions, openImages, withDatasetOptions } from '../dataset-choice.js';
import { images } from '../image-batches.js';
import { chooseNetwork, type NetworkOptions, withNetworkOptions } from '../network-choice.js';
import { wholeNumber } from '../option-values.js';
import { prepareOutputFile } from '../output-file.js';

type Options = NetworkOptions &
  DatasetOptions &
  RecipeOptions & { readonly out: string; readonly steps?: number; readonly json?: boolean };

/** `rheobase convert`: a trained network becomes a spiking one, with a report on every node. */
export function convertCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('convert')
    .description('turn a trained network into a spiking one and report what became of every node')
    .requiredOption('--out <file>', 'where to write the spiking network, a .safetensors file')
    .option('--steps <T>', 'time steps, which `--initial-potential shift` needs', wholeNumber(1))
    .option('--json', 'print one line of JSON');
  withRecipeOptions(withDatasetOptions(withNetworkOptions(command))).action(async (options: Options) => {
    await prepareOutputFile(options.out);
    const chosen = await chooseNetwork(options);
    const normalization = chooseNormalization(options.normalization, chosen.normalization);
    await startTensorBackend();
    const open = async () =>
      images(await openImages(options, options.split ?? 'train'), normalization, {
        limit: options.limit ?? options.calibrationImages,
        batch: options.batch,
      });
    const { network, report } = await convertByRecipe(chosen.network, options, options.steps, open, output);
    await writeNetworkFile(options.out, {
      ...network,
      metadata: { ...network.metadata, normalization: normalization.name },
    });
    writeResult(
      output,
      options,
      { out: options.out, report: report.entries },
      () => `${formatReport(report)}\nwritten to ${options.out}`,
    );
  });
}
