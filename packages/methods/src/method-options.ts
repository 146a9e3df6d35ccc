import type { AttributeDefinition } from '@rheobase/network';
import { isAllowed, ownValue, unknownName } from '@rheobase/network';

/** A numeric option of a method. */
export interface NumberOption extends AttributeDefinition {
  readonly kind: 'number';
  readonly initial: number;
}

/** One of some names. */
export interface ChoiceOption {
  readonly kind: 'choice';
  readonly initial: string;
  readonly choices: readonly string[];
  /** One line: what it decides. */
  readonly summary: string;
}

/** A setting of a conversion method, as data: its valid values and its default. */
export type MethodOption = NumberOption | ChoiceOption;

export type MethodOptions = Readonly<Record<string, MethodOption>>;

/** Settings by name, as they are given. */
export type GivenOptions = Readonly<Record<string, number | string>>;

/** A value for every option of a method. */
export type OptionValues<Options extends MethodOptions> = {
  readonly [Name in keyof Options]: Options[Name] extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : number;
};

/**
 * A value for every option: what was given, and the initial values of the others.
 *
 * @param of whose options they are, for messages
 * @throws naming an option that is unknown, or whose value it does not take.
 */
export function optionValues<Options extends MethodOptions>(
  of: string,
  options: Options,
  given: GivenOptions,
): OptionValues<Options>;
export function optionValues(of: string, options: MethodOptions, given: GivenOptions): GivenOptions {
  const [problem] = optionProblems(of, options, given);
  if (problem !== undefined) throw new Error(problem.message);
  return Object.fromEntries(
    Object.entries(options).map(([name, { initial }]) => [name, ownValue(given, name) ?? initial]),
  );
}

/** What is wrong with given options, by name. */
export function optionProblems(
  of: string,
  options: MethodOptions,
  given: GivenOptions,
): readonly { readonly option: string; readonly message: string }[] {
  return Object.entries(given).flatMap(([option, value]) => {
    const definition = ownValue(options, option);
    const message =
      definition === undefined
        ? unknownName(`'${of}' option`, option, Object.keys(options))
        : refusalOf(of, option, definition, value);
    return message === undefined ? [] : [{ option, message }];
  });
}

function refusalOf(of: string, option: string, definition: MethodOption, value: number | string): string | undefined {
  if (definition.kind === 'choice') {
    if (typeof value === 'string' && definition.choices.includes(value)) return undefined;
    return `The option '${option}' of '${of}': ${unknownName('choice', String(value), definition.choices)}`;
  }
  if (typeof value === 'number' && isAllowed(value, definition)) return undefined;
  const { minimum, maximum, integer, nonzero } = definition;
  const bounds = [
    ...(minimum === undefined ? [] : [`${minimum === 0 && nonzero ? 'above' : 'from'} ${minimum}`]),
    ...(maximum === undefined ? [] : [`up to ${maximum}`]),
  ];
  return (
    `The option '${option}' of '${of}' is ${value}; it must be ${integer ? 'an integer' : 'a number'}` +
    `${bounds.length === 0 ? '' : ` ${bounds.join(' ')}`}.`
  );
}
