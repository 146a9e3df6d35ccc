import { type DetectorFamily, describeUntold, type ModelFamily, openOptions } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { type CommandOutput, say } from '../output/command-output.js';

/**
 * Says which options of a model its weights do not reveal, if they were not given: weights trained otherwise load without
 * an error, and only the figures are wrong. If the weights file states its network's options, they are compared.
 *
 * @param built.network with the options that were given
 * @param built.metadata of the file of the weights
 * @param checkedByImages options that the images of a data set are held against before anything is computed
 * @throws naming an option for which the file states another value and none was given, and how to give it.
 */
export function sayTraceless(
  family: ModelFamily | DetectorFamily,
  built: {
    readonly network: Network;
    readonly given: Readonly<Record<string, unknown>>;
    readonly weights: string;
    readonly metadata: Readonly<Record<string, string>>;
  },
  output: CommandOutput,
  checkedByImages: readonly string[] = [],
): void {
  const { untold, conflicting } = openOptions(family, built);
  for (const { name, taken, told, isGiven } of conflicting) {
    if (isGiven) {
      say(output, `note: ${built.weights} says ${name}=${told}, but the given ${name}=${taken} is used.`);
      continue;
    }
    throw new Error(
      `${built.weights} says ${name}=${told}, but ${family.name} has ${name}=${taken} by default: ` +
        `give --model-option ${name}=${told}.`,
    );
  }
  const open = untold.filter(({ name }) => !checkedByImages.includes(name));
  const described = describeUntold(family.name, open);
  if (described === undefined) return;
  say(output, `note: ${described}. If they were trained otherwise, give --model-option NAME=VALUE.`);
}
