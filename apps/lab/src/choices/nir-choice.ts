import type { ReadNirOptions } from '@rheobase/interop/nir';
import { type Command, Option } from 'commander';
import { numberUpTo } from './option-values.js';

/** What a NIR file leaves open, as options say. */
export interface NirOptions {
  readonly fires?: 'above' | 'at';
  readonly reset?: 'hard' | 'soft';
  readonly dt?: number;
}

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
