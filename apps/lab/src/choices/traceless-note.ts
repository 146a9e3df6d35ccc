import { tellOpenOptions } from '@rheobase/models';
import { type CommandOutput, say } from '../output/command-output.js';

type Told = Parameters<typeof tellOpenOptions>;

/**
 * `tellOpenOptions` for weights chosen by command-line options.
 *
 * @param settledByImages options that are checked against the images of a data set before anything is computed
 * @throws naming an option that was not given although the file states another value than its default, and how to give it.
 */
export function sayTraceless(
  family: Told[0],
  built: Told[1],
  output: CommandOutput,
  settledByImages: readonly string[] = [],
): void {
  const remedy = (assignment: string): string => `give --model-option ${assignment}`;
  tellOpenOptions(family, built, { tell: (note) => say(output, note), remedy, settledByImages });
}
