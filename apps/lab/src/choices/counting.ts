import { defaultEnergyModels, type EnergyBoundary } from '@rheobase/analysis';
import type { Counting } from '@rheobase/experiments';
import { type Command, Option } from 'commander';

export interface CountingOptions {
  readonly energyModel: string;
  readonly firstLayer: EnergyBoundary['firstLayer'];
  readonly readOut: EnergyBoundary['readOut'];
}

/** Names of the options for counting energy. */
export const countingOptions: readonly (keyof CountingOptions)[] = ['energyModel', 'firstLayer', 'readOut'];

/** Adds the options for counting energy. */
export function withCountingOptions(command: Command): Command {
  return command
    .option('--energy-model <name>', defaultEnergyModels.names.join(' or '), 'horowitz-45nm')
    .addOption(
      new Option(
        '--first-layer <rule>',
        'the analog input’s multiply-accumulates: once for all steps, at every step, or left out',
      )
        .choices(['once', 'every-step', 'excluded'])
        .default('once'),
    )
    .addOption(
      new Option('--read-out <rule>', 'whether operations into the last layer count')
        .choices(['counted', 'excluded'])
        .default('counted'),
    );
}

/**
 * How the options count energy.
 *
 * @throws if there is no such energy model.
 */
export function countingOf({ energyModel, firstLayer, readOut }: CountingOptions): Counting {
  return { model: defaultEnergyModels.get(energyModel), boundary: { firstLayer, readOut } };
}
