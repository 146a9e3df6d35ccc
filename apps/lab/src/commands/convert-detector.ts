import { startTensorBackend } from '@rheobase/execution';
import { networkFileOf, type Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import { makeFolder, writeNetworkFile } from '@rheobase/network/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import {
  chooseDetector,
  detectorMetadata,
  type DetectorOptions,
  sayRandomWeights,
  withDetectorOptions,
} from '../detectors/detector-choice.js';
import {
  convertByFolder,
  type DetectorRecipeOptions,
  silentInConversion,
  withDetectorRecipe,
} from '../detectors/detector-recipe.js';
import { path, integerFrom } from '../choices/option-values.js';
import { assertNetworksFolder } from '../output/output-file.js';
import { assertNoneSilent } from '../choices/silent-options.js';

type Options = DetectorOptions &
  DetectorRecipeOptions & { readonly out: string; readonly steps: number; readonly json?: boolean };

/** `rheobase convert-detector`: a spiking detector from a trained one, using unlabelled images. */
export function convertDetectorCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('convert-detector')
    .description('convert a trained detector to a spiking one and calibrate it, using images without labels')
    .requiredOption('--out <folder>', 'where to write the spiking network, its source and the quantized one', path)
    .requiredOption('--steps <T>', 'time steps', integerFrom(1, 10_000))
    .option('--json', 'print one line of JSON');
  withDetectorRecipe(withDetectorOptions(command), registries).action(async (options: Options, used: Command) => {
    assertNoneSilent(used, silentInConversion(options));
    await assertNetworksFolder(options.out, ['source', 'quantized', 'network']);
    const chosen = await chooseDetector(options, registries, output);
    if (isSpiking(chosen.network))
      throw new Error(`${chosen.label} is already a spiking network; there is nothing to convert.`);
    sayRandomWeights(output, chosen);
    await startTensorBackend();
    const { source, quantized, converted } = await convertByFolder(chosen, options, options.steps, registries, output);
    await makeFolder(options.out);
    const write = async (name: string, network: Network, more: Readonly<Record<string, string>> = {}): Promise<void> =>
      writeNetworkFile(networkFileOf(options.out, name), {
        ...network,
        metadata: { ...network.metadata, ...detectorMetadata(chosen), ...more },
      });
    const last = converted.at(-1) ?? converted[0];
    await write('source', source);
    await write('quantized', quantized);
    await write('network', last.network, { steps: String(options.steps) });
    const passes = converted.map(({ pass }) => pass);
    writeResult(
      output,
      options,
      { out: options.out, steps: options.steps, passes },
      () => `${chosen.label} for T = ${options.steps} (${passes.join(', ')}), written to ${options.out}`,
    );
  });
}
