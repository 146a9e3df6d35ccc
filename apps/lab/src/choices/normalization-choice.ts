import {
  defaultNormalizations,
  figuresName,
  type Normalization,
  normalizationNamed,
  sameNormalization,
} from '@rheobase/datasets';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';

/** The options of normalization; `--mean` and `--std` are encoded as a name. */
export interface NormalizationOptions {
  readonly normalization?: string;
}

/**
 * Adds the options of normalization.
 *
 * @param otherwise the default, for the help: `the model’s own`
 */
export function withNormalizationOptions(command: Command, otherwise: string): Command {
  return command
    .option(
      '--normalization <name>',
      `how pixels become inputs: ${defaultNormalizations.names.join(', ')}; or give --mean and --std (default: ${otherwise})`,
    )
    .option('--mean <figures>', 'of pixels divided by 255, red, green, blue, such as 0.4914,0.4822,0.4465', figures)
    .option('--std <figures>', 'the standard deviation of the same, such as 0.247,0.2435,0.2616', figures)
    .hook('preAction', (_, used) => {
      const name = nameGiven(used.opts());
      for (const option of ['mean', 'std']) used.setOptionValueWithSource(option, undefined, 'default');
      if (name !== undefined) used.setOptionValueWithSource('normalization', name, 'cli');
    });
}

function figures(text: string): readonly number[] {
  const given = text.split(',').map((figure) => (figure.trim() === '' ? Number.NaN : Number(figure)));
  if (given.some((figure) => !Number.isFinite(figure))) {
    throw new InvalidArgumentError('It must be numbers with commas between them, such as 0.4914,0.4822,0.4465.');
  }
  return given;
}

/** @throws if the options contradict each other, or one requires a missing one. */
function nameGiven({
  normalization,
  mean,
  std,
}: NormalizationOptions & { readonly mean?: readonly number[]; readonly std?: readonly number[] }): string | undefined {
  if (mean === undefined && std === undefined) {
    return normalization === undefined ? undefined : normalizationNamed(normalization).name;
  }
  if (normalization !== undefined) {
    throw new Error('Both --normalization and --mean or --std were given: give either a name or the numbers.');
  }
  if (mean === undefined || std === undefined) throw new Error('--mean and --std go together: give both.');
  return figuresName({ mean, std });
}

/**
 * The given normalization, or the network's own; reports if they differ.
 *
 * @param own the name of the network's own
 * @param teller what states the network's own, such as its file; undefined if it is only a default
 * @throws if neither is known.
 */
export function chooseNormalization(
  given: string | undefined,
  own: string | undefined,
  teller: string | undefined,
  output: CommandOutput,
): Normalization {
  const name = given ?? own;
  if (name === undefined) {
    throw new Error(
      `No normalization was chosen. Give --normalization, one of ${defaultNormalizations.names.join(', ')}, or --mean and --std.`,
    );
  }
  const chosen = normalizationNamed(name);
  if (teller !== undefined && own !== undefined && !sameNormalization(chosen, normalizationNamed(own))) {
    say(output, `note: ${teller} says that its inputs are normalized by '${own}', but the given '${name}' is used.`);
  }
  return chosen;
}

/** Describes a normalization with its numbers. */
export function describeNormalization({ name, scale, mean, std, channelOrder }: Normalization): string {
  const pixel = scale === 1 ? 'x' : `x/${scale}`;
  const order = channelOrder === 'reversed' ? ', blue before red' : '';
  return `'${name}': (${pixel} − mean) / std, mean ${mean.join(', ')}, std ${std.join(', ')}${order}`;
}
