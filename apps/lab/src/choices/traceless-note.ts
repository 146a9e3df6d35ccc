import { tellOpenOptions } from '@rheobase/models';
import { type CommandOutput, say } from '../output/command-output.js';

type Told = Parameters<typeof tellOpenOptions>;

/**
 * `tellOpenOptions` to whoever chose the weights by options.
 *
 * @param settledByImages options that the images of a data set are checked against before anything is computed
 * @throws naming an option for which the file states another value and none was given, and how to give it.
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
