import { type Conversion, ConversionError, formatReport } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { assertTakes, type Images, images } from '@rheobase/experiments';
import { mostSpikeImages, type Spiked } from '@rheobase/methods';
import { isSpiking, type Network } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import {
  assertRecipeApplies,
  convertByRecipe,
  type RecipeOptions,
  withRecipeOptions,
} from '../choices/conversion-recipe.js';
import { type CalibrateOptions, convertCalibrated, withCalibrateOption } from '../choices/calibrated-conversion.js';
import { chooseDataset, type DatasetOptions, openImages, withSetOptions } from '../choices/dataset-choice.js';
import {
  convertByEffort,
  describeTried,
  type EffortOptions,
  isFolderName,
  networkFileIn,
  networkOrFolder,
  withEffortOptions,
  writeEffortReport,
} from '../choices/effort.js';
import { normalizationOf } from '../choices/normalization-choice.js';
import {
  chooseClassifier,
  type NetworkOptions,
  sayAssumptions,
  withImageInput,
  withNetworkOptions,
} from '../choices/network-choice.js';
import { integerFrom } from '../choices/option-values.js';
import { type ReplaceOptions, replacedBy, withReplaceOption } from '../choices/replacements.js';
import { assertNoneSilent, silentBecause } from '../choices/silent-options.js';
import { assertNetworksFolder, prepareOutputFile } from '../output/output-file.js';

type Options = NetworkOptions &
  DatasetOptions &
  RecipeOptions &
  CalibrateOptions &
  EffortOptions &
  ReplaceOptions & { readonly out: string; readonly steps?: number; readonly json?: boolean };

/** `rheobase convert`: a trained network becomes a spiking one, with a report on every node. */
export function convertCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('convert')
    .description('convert a trained network to a spiking one and report what became of every node')
    .requiredOption(
      '--out <file>',
      'where to write the spiking network, a .safetensors file, or with --effort a folder',
      networkOrFolder,
    )
    .option(
      '--steps <T>',
      'time steps it is made for, the default of simulate; `--initial-potential shift` needs them',
      integerFrom(1),
    )
    .option('--json', 'print one line of JSON');
  withEffortOptions(
    withCalibrateOption(withReplaceOption(withRecipeOptions(withSetOptions(withNetworkOptions(command)), registries))),
  ).action(async (options: Options, used: Command) => {
    const began = performance.now();
    assertTries(used, options);
    const file = networkFileIn(options.out);
    if (isFolderName(options.out)) await assertNetworksFolder(options.out, []);
    await prepareOutputFile(file);
    assertCalibrates(used, options);
    const chosen = await chooseClassifier(options, registries, output);
    assertRecipeApplies(chosen.network, (name) => used.getOptionValueSource(name) === 'cli');
    if (isSpiking(chosen.network)) {
      throw new Error(`${chosen.label} is already a spiking network; there is nothing to convert.`);
    }
    sayAssumptions(output, chosen, options);
    const normalization = normalizationOf(options, chosen, output);
    await startTensorBackend();
    const openSource = async () => {
      const dataset = chooseDataset(options.dataset, chosen, output);
      return openImages({ ...options, dataset }, options.calibrationSplit, chosen.network, registries, output);
    };
    const given = replacedBy((await withImageInput(chosen, options.dataset, openSource)).network, options);
    const open = async (): Promise<Images> => {
      const { calibrate, calibrationImages, heldOut, batch } = options;
      const most = calibrationImages + (calibrate === 'none' ? 0 : heldOut);
      const limit = options.effort === undefined ? most : Math.min(most, mostSpikeImages);
      const calibration = images(await openSource(), normalization, { limit, batchSize: batch });
      assertTakes(given, calibration);
      return calibration;
    };
    const { network, report, spiked } = await converted(given, options, open, registries, output).catch(
      (error: unknown) => {
        // The report covers all nodes, including those that could have been converted.
        if (error instanceof ConversionError) {
          if (options.json === true) writeResult(output, options, { report: error.report.entries }, () => '');
          else say(output, `${formatReport(error.report)}\n`);
        }
        throw error;
      },
    );
    // Settings of the conversion, so that it can be run without repeating them.
    const dataset = options.dataset ?? chosen.dataset;
    const made = {
      normalization: normalization.name,
      ...(dataset !== undefined && { dataset }),
      ...(options.steps !== undefined && { steps: String(options.steps) }),
    };
    await writeNetworkFile(file, { ...network, metadata: { ...network.metadata, ...made } });
    if (spiked === undefined) {
      const result = { out: options.out, report: report.entries };
      writeResult(output, options, result, () => `${formatReport(report)}\nwritten to ${options.out}`);
      return;
    }
    const { network: _, ...found } = spiked;
    const seconds = (performance.now() - began) / 1000;
    const result = { out: options.out, steps: options.steps, ...found, seconds, report: report.entries };
    if (isFolderName(options.out)) await writeEffortReport(options.out, result);
    writeResult(output, options, result, () =>
      [
        formatReport(report),
        describeTried(found.tried, options.steps ?? 0),
        `written to ${options.out}, after ${seconds.toFixed(0)} s`,
      ].join('\n'),
    );
  });
}

/** @throws naming an option of `--effort` that is missing or has no effect. */
function assertTries(used: Command, { effort, steps, out }: Options): void {
  if (effort === undefined) {
    if (isFolderName(out))
      throw new Error(
        `--out ${out} names a folder, which only --effort writes; name a file that ends in .safetensors.`,
      );
    return assertNoneSilent(used, silentBecause('it is for --effort', ['thresholdsPerNeuron']));
  }
  if (steps === undefined) throw new Error(`--effort ${effort} needs --steps T, the time steps to convert for.`);
  assertNoneSilent(
    used,
    silentBecause(`--effort ${effort} chooses it`, [
      'neuron',
      'neuronOption',
      'percentile',
      'initialPotential',
      'calibrate',
      'thresholds',
      'heldOut',
    ]),
  );
}

/** @throws naming an option of calibration that is missing or has no effect. */
function assertCalibrates(used: Command, { calibrate, steps, thresholds }: Options): void {
  if (calibrate === 'none') {
    return assertNoneSilent(
      used,
      silentBecause('without --calibrate nothing is calibrated', ['thresholds', 'heldOut']),
    );
  }
  if (steps === undefined)
    throw new Error(`--calibrate ${calibrate} needs --steps T, the time steps to calibrate for.`);
  assertNoneSilent(used, {
    ...silentBecause(
      calibrate === 'ftbc' ? '--calibrate ftbc starts from V(0) = θ/2' : `--calibrate ${calibrate} sets V(0) itself`,
      ['initialPotential'],
    ),
    ...(thresholds !== 'percentile' && { percentile: 'with --calibrate it needs --thresholds percentile' }),
  });
}

async function converted(
  network: Network,
  options: Options,
  open: () => Promise<Images>,
  registries: Registries,
  output: CommandOutput,
): Promise<Conversion & { readonly spiked?: Spiked }> {
  const { calibrate, steps, effort } = options;
  if (effort !== undefined && steps !== undefined) {
    const images = await open();
    try {
      return await convertByEffort(network, options, steps, images, registries, output);
    } finally {
      await images.source.close();
    }
  }
  if (calibrate === 'none' || steps === undefined) {
    return convertByRecipe(network, options, steps, open, registries, output);
  }
  const images = await open();
  try {
    return await convertCalibrated(network, { ...options, calibrate }, steps, images, registries, output);
  } finally {
    await images.source.close();
  }
}
