import { inWords } from './in-words.js';
import type { AllowedRange } from './model-definition.js';
import { describeRange, isAllowed } from './model-definition.js';
import { ownValue } from './own-value.js';
import { unknownName } from './registry.js';

/** One option of an architecture or a conversion method: its meaning, its values and its default. */
export interface Option<Value> {
  /** One line: what it decides. */
  readonly summary: string;
  /** The accepted values in words, such as `an integer at least 1`. */
  readonly values: string;
  readonly default: Value;
  /** The words that it takes, of an option that takes a few words. */
  readonly words?: readonly string[];
  /**
   * Of a model: trained weights do not reveal it. Weights trained with one value load into a network with another without an error, and it computes something
   * else. The suite of a family finds out whether it is so.
   */
  readonly traceless?: true;
  accepts(value: unknown): value is Value;
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** A value for every option of a table. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** An option that is a number in a range. */
export function numberOption(summary: string, standard: number, range: AllowedRange = {}): Option<number> {
  return {
    summary,
    values: describeRange(range),
    default: standard,
    accepts: (value): value is number =>
      typeof value === 'number' && isAllowed(value, range) && !(range.integer && !Number.isSafeInteger(value)),
  };
}

/** An option that is an integer of at least `minimum`. */
export function integer(summary: string, standard: number, minimum = 1, maximum?: number): Option<number> {
  return numberOption(summary, standard, { minimum, ...(maximum !== undefined && { maximum }), integer: true });
}

/** An option that is a number above zero. */
export function positiveNumber(summary: string, standard: number): Option<number> {
  return numberOption(summary, standard, { minimum: 0, nonzero: true });
}

/** An option that is one of a few words. */
export function choice<const Word extends string>(
  summary: string,
  words: readonly Word[],
  standard: NoInfer<Word>,
): Option<Word> {
  return {
    summary,
    values: words.map((word) => `'${word}'`).join(' or '),
    words,
    default: standard,
    accepts: (value): value is Word => words.some((word) => word === value),
  };
}

/**
 * What is wrong with given options, by name: one that is unknown, with the nearest, or whose value is not accepted.
 *
 * @param of whose options they are, for messages
 */
export function optionProblems(
  of: string,
  table: OptionTable,
  given: Readonly<Record<string, unknown>>,
): readonly { readonly option: string; readonly message: string }[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const option = ownValue(table, name);
    if (option === undefined)
      return [{ option: name, message: `${of}: ${unknownName('option', name, Object.keys(table))}` }];
    if (value === undefined || option.accepts(value)) return [];
    return [{ option: name, message: `${of}: its option '${name}' must be ${option.values}, not ${inWords(value)}.` }];
  });
}

/**
 * A value for each option of a table: the given one, or the default where it is absent or undefined.
 *
 * @param of whose options they are, for messages
 * @param others further options that may be given, which the caller reads by themselves
 * @throws naming the first option that is unknown, or whose value is not accepted.
 */
export function optionValues<Table extends OptionTable>(
  of: string,
  table: Table,
  given: Readonly<Record<string, unknown>>,
  others?: OptionTable,
): OptionValues<Table>;
export function optionValues(
  of: string,
  table: OptionTable,
  given: Readonly<Record<string, unknown>>,
  others: OptionTable = {},
): Readonly<Record<string, unknown>> {
  const [problem] = optionProblems(of, { ...table, ...others }, given);
  if (problem !== undefined) throw new Error(problem.message);
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, ownValue(given, name) ?? option.default]),
  );
}
