import { type Conversion, type ConversionReport, convert } from '@rheobase/converter';
import { bind, recordThresholds } from '@rheobase/execution';
import { batchesOf, type Images, sitesWithoutThreshold } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import type { Command } from 'commander';
import { Option } from 'commander';
import { type CommandOutput, sayFirstWarnings } from '../output/command-output.js';
import { type NeuronOptions, neuronOf, withNeuronOptions } from './neuron-choice.js';
import { numberUpTo, integerFrom } from './option-values.js';
import { progress } from '../output/progress.js';

/** The options of conversion. */
export interface RecipeOptions extends NeuronOptions {
  readonly percentile: number;
  readonly calibrationImages: number;
  readonly calibrationSplit: string;
  readonly initialPotential: 'half-threshold' | 'zero' | 'shift';
}

/** Adds the options of conversion. */
export function withRecipeOptions(command: Command, registries: Registries): Command {
  return withNeuronOptions(command, registries)
    .option(
      '--percentile <percent>',
      'θ of a plain ReLU is this percentile of its activations',
      numberUpTo(0, 100),
      99.5,
    )
    .option('--calibration-images <images>', 'images to compute percentiles over', integerFrom(1), 1000)
    .option('--calibration-split <name>', 'split of the data set that they come from', 'train')
    .addOption(
      new Option('--initial-potential <rule>', 'V(0) of every neuron')
        .choices(['half-threshold', 'zero', 'shift'])
        .default('half-threshold'),
    );
}

/**
 * Refuses options of conversion if nothing is converted, or if they have no effect without others.
 *
 * @param given whether an option was given explicitly
 * @throws naming the option and what it requires.
 */
export function assertRecipeApplies(network: Network, given: (option: string) => boolean): void {
  if (given('neuronOption') && !given('neuron')) throw new Error('--neuron-option needs --neuron.');
  if (!isSpiking(network)) return;
  const options = {
    percentile: '--percentile',
    calibrationImages: '--calibration-images',
    calibrationSplit: '--calibration-split',
    neuron: '--neuron',
    initialPotential: '--initial-potential',
  };
  for (const [name, option] of Object.entries(options)) {
    if (given(name)) throw new Error(`${option} is for conversion, but this network is already spiking.`);
  }
}

/**
 * Records thresholds on training images, then folds batch norms and converts.
 *
 * @param open opens the training images; called only if thresholds must be recorded
 * @param steps T, which the `shift` rule needs
 * @throws {ConversionError} naming every node that cannot be converted.
 */
export async function convertByRecipe(
  network: Network,
  recipe: RecipeOptions,
  steps: number | undefined,
  open: () => Promise<Images>,
  registries: Registries,
  output: CommandOutput,
): Promise<Conversion> {
  const sites = sitesWithoutThreshold(network);
  const neuron = neuronOf(recipe, registries);
  const options = {
    initialPotential: recipe.initialPotential,
    neurons: registries.neurons,
    conversions: registries.siteConversions,
    ...(neuron && { neuron }),
    ...(steps === undefined ? {} : { steps }),
  };
  // With placeholder thresholds, so that what cannot be converted is reported before the images are run.
  convert(network, { ...options, thresholds: new Map(sites.map((site) => [site, 1])) });
  const thresholds = sites.length === 0 ? new Map<string, number>() : await record();
  return convert(network, { ...options, thresholds });

  async function record(): Promise<ReadonlyMap<string, number>> {
    const images = await open().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `${reason}\n(Thresholds are recorded on the split '${recipe.calibrationSplit}'; --calibration-split chooses another.)`,
        { cause: error },
      );
    });
    const bar = progress(output, 'thresholds', images.count, 'images');
    const bound = bind(network, registries);
    try {
      return await recordThresholds(bound, batchesOf(images, bound, sites), {
        nodes: sites,
        rule: { kind: 'percentile', percentile: recipe.percentile },
        onBatch: (count) => bar.to(count),
      });
    } finally {
      bound.dispose();
      bar.end();
      await images.source.close();
    }
  }
}

/** Reports what was converted but may not be intended. */
export function sayWarnings(output: CommandOutput, { entries }: ConversionReport): void {
  const warnings = entries.flatMap(({ node, warnings: own }) => own.map((text) => `${node}: ${text}`));
  sayFirstWarnings(output, warnings, '`rheobase convert` lists them all');
}
