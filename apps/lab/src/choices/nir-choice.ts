import type { ReadNirOptions } from '@rheobase/interop/nir';
import { recognizeFileAt } from '@rheobase/network/node';
import { type Command, Option } from 'commander';
import { numberUpTo } from './option-values.js';

/** What a NIR file leaves open, as options say. */
export interface NirOptions {
  readonly fires?: 'above' | 'at';
  readonly reset?: 'hard' | 'soft';
  readonly dt?: number;
}

const nirNames = ['reset', 'fires', 'dt'] as const satisfies readonly (keyof NirOptions)[];

/** Adds the options for NIR files. */
export function withNirOptions(command: Command): Command {
  return withStepOption(command)
    .addOption(
      new Option(
        '--reset <kind>',
        'of a NIR file: what a spike does to V, set it to the reset value or subtract θ (default: what the file says, else hard)',
      ).choices(['hard', 'soft']),
    )
    .addOption(
      new Option(
        '--fires <when>',
        'of a NIR file: neurons fire above θ alone, or at it too (default: what the file says, else above)',
      ).choices(['above', 'at']),
    );
}

/** Adds the option for the length of a time step. */
function withStepOption(command: Command): Command {
  return command.option(
    '--dt <seconds>',
    'of a NIR file with leaky neurons: length of a time step',
    numberUpTo(0, 1000),
  );
}

/** The options as the reader takes them. */
export function nirOptions({ fires, reset, dt }: NirOptions): ReadNirOptions {
  return {
    ...(fires !== undefined && { fires }),
    ...(reset !== undefined && { reset }),
    ...(dt !== undefined && { dt }),
  };
}

/**
 * Refuses options for NIR files with another network.
 *
 * @param given what it is, for the message
 * @throws naming the first option.
 */
export function assertNoNirOptions(options: NirOptions, given: string): void {
  const name = nirNames.find((each) => options[each] !== undefined);
  if (name !== undefined) throw new Error(`--${name} is for NIR files, and ${given} is none. Omit it.`);
}

/**
 * Refuses a NIR file where none can be used.
 *
 * @param why what it lacks, and the way out
 * @throws naming the file.
 */
export function assertNotNir(file: string, why: string): void {
  if (recognizeFileAt(file)?.kind === 'hdf5') throw new Error(`${file} is a NIR file: ${why}`);
}
