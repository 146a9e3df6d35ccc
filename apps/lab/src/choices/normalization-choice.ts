import {
  defaultNormalizations,
  figuresName,
  type Normalization,
  normalizationNamed,
  sameNormalization,
} from '@rheobase/datasets';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { numberUpTo } from './option-values.js';

/** The options of normalization; figures are encoded as a name. */
export interface NormalizationOptions {
  readonly normalization?: string;
}

/** Options that state figures in place of a name. */
interface FiguresOptions {
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly scale?: number;
  readonly channelOrder?: 'rgb' | 'bgr';
}

const figuresOptions = ['mean', 'std', 'scale', 'channelOrder'] as const satisfies readonly (keyof FiguresOptions)[];

/**
 * Adds the options of normalization.
 *
 * @param otherwise the default, for the help: `the model’s own`
 */
export function withNormalizationOptions(command: Command, otherwise: string): Command {
  return command
    .option(
      '--normalization <name>',
      `how pixels become inputs: ${defaultNormalizations.names.join(', ')}; or give its figures by the options below (default: ${otherwise})`,
    )
    .option(
      '--mean <figures...>',
      'of pixels divided by the scale, a figure for each channel of the input, such as 0.4914 0.4822 0.4465, or one for all',
      figures,
    )
    .option('--std <figures...>', 'the standard deviation of the same, such as 0.247 0.2435 0.2616', figures)
    .option('--scale <number>', 'what pixels are divided by first (default: 255)', numberUpTo(0, 1e6))
    .addOption(
      new Option('--channel-order <order>', 'bgr for networks that take blue before red (default: rgb)').choices([
        'rgb',
        'bgr',
      ]),
    )
    .hook('preAction', (_, used) => {
      const name = nameGiven(used.opts());
      for (const option of figuresOptions) used.setOptionValueWithSource(option, undefined, 'default');
      if (name !== undefined) used.setOptionValueWithSource('normalization', name, 'cli');
    });
}

/** Figures with commas or blanks between them. */
function figures(text: string, before: readonly number[] = []): readonly number[] {
  const given = text.split(/[\s,]+/).map((figure) => (figure === '' ? Number.NaN : Number(figure)));
  if (given.some((figure) => !Number.isFinite(figure))) {
    throw new InvalidArgumentError(
      'It must be numbers, such as 0.4914 0.4822 0.4465. Whatever else the command takes stands before the option.',
    );
  }
  return [...before, ...given];
}

/** @throws if the options contradict each other, or one requires a missing one. */
function nameGiven({
  normalization,
  mean,
  std,
  scale,
  channelOrder,
}: NormalizationOptions & FiguresOptions): string | undefined {
  const given = [
    ...(mean === undefined ? [] : ['--mean']),
    ...(std === undefined ? [] : ['--std']),
    ...(scale === undefined ? [] : ['--scale']),
    ...(channelOrder === undefined ? [] : ['--channel-order']),
  ];
  if (given.length === 0) return normalization === undefined ? undefined : normalizationNamed(normalization).name;
  if (normalization !== undefined) {
    throw new Error(
      `Both --normalization and ${given.join(', ')} were given: give either a name, which says all of it, or the figures.`,
    );
  }
  if ((mean === undefined) !== (std === undefined)) throw new Error('--mean and --std go together: give both.');
  return figuresName({ mean: mean ?? [0], std: std ?? [1], scale, channelOrder });
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

/** The normalization that the options give, or the chosen network's own. @throws as {@link chooseNormalization}. */
export function normalizationOf(
  { normalization: given }: NormalizationOptions,
  own: { readonly normalization: string | undefined; readonly normalizationTeller: string | undefined },
  output: CommandOutput,
): Normalization {
  return chooseNormalization(given, own.normalization, own.normalizationTeller, output);
}

/** Describes a normalization with its numbers. */
export function describeNormalization({ name, scale, mean, std, channelOrder }: Normalization): string {
  const pixel = scale === 1 ? 'x' : `x/${scale}`;
  const order = channelOrder === 'reversed' ? ', blue before red' : '';
  return `'${name}': (${pixel} − mean) / std, mean ${mean.join(', ')}, std ${std.join(', ')}${order}`;
}
