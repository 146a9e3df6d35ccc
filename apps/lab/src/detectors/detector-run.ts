import type { Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import type { Command } from 'commander';
import { engineOptions, type EngineOptions, withEngineOptions } from '../choices/engine-choice.js';
import { integerFrom } from '../choices/option-values.js';
import { silentBecause, type SilentOptions } from '../choices/silent-options.js';
import { type DetectorOptions, withDetectorOptions } from './detector-choice.js';
import {
  type DetectorRecipeOptions,
  recipeOptions,
  silentInConversion,
  withDetectorRecipe,
} from './detector-recipe.js';

/** The options of a command that runs a detector, or the spiking network converted from it. */
export interface DetectorRunOptions extends DetectorOptions, DetectorRecipeOptions, EngineOptions {
  readonly steps?: number;
}

/** Adds the options to run a detector. */
export function withDetectorRun(command: Command, registries: Registries): Command {
  const withSteps = command.option(
    '--steps <T>',
    'time steps of the spiking network; an analog one is converted first',
    integerFrom(1, 10_000),
  );
  return withEngineOptions(withDetectorRecipe(withDetectorOptions(withSteps), registries));
}

/**
 * The options without effect when a detector is run, depending on whether it is converted first.
 *
 * @param ofSpiking options that are for spiking networks only
 */
export function silentBeforeRun(
  network: Network,
  { steps, ...options }: DetectorRunOptions,
  ofSpiking: readonly string[] = engineOptions,
): SilentOptions {
  if (isSpiking(network))
    return silentBecause('it is for conversion, and this network is already spiking', recipeOptions);
  if (steps === undefined)
    return {
      ...silentBecause('it is for conversion, and without --steps T nothing is converted', recipeOptions),
      ...silentBecause('without --steps T no spiking network is run', ofSpiking),
    };
  const { thresholds, calibrate } = options;
  return {
    ...silentInConversion(options),
    ...(thresholds === 'percentile' &&
      calibrate === 'none' && {
        levels: 'neither --thresholds percentile nor --calibrate none quantizes anything',
      }),
  };
}
