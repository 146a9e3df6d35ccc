import { ownValue, unknownName } from '@rheobase/network';
import type { ActivationFactory } from './activation-sites.js';
import { reluSites } from './activation-sites.js';
import { initializations } from './initialization.js';

/** Height, width and channels of an input image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** One option of a model: its meaning, its values and its default. */
export interface ModelOption<Value> {
  readonly summary: string;
  /** The accepted values in words, such as `an integer, 1 or more`. */
  readonly values: string;
  readonly default: Value;
  /** The words that it takes, of an option that takes a few words. */
  readonly words?: readonly string[];
  /**
   * Trained weights do not reveal it: weights trained with one value load into a network with another without an error, and it computes something else. The
   * suite of a family finds out whether it is so.
   */
  readonly traceless?: true;
  accepts(value: unknown): value is Value;
}

/** An option that trained weights do not reveal: see {@link ModelOption.traceless}. */
export function traceless<Value>(option: ModelOption<Value>): ModelOption<Value> {
  return { ...option, traceless: true };
}

/** The options of a model by name. */
export type OptionTable = Readonly<Record<string, ModelOption<unknown>>>;

/** A value for every option of a table. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends ModelOption<infer Value> ? Value : never;
};

function isIntegerFrom(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

/** An option that is an integer of at least `least`. */
export function integer(summary: string, standard: number, least = 1): ModelOption<number> {
  return {
    summary,
    values: `an integer, ${least} or more`,
    default: standard,
    accepts: (value): value is number => isIntegerFrom(value, least),
  };
}

/** An option that is a number above zero. */
export function positiveNumber(summary: string, standard: number): ModelOption<number> {
  return {
    summary,
    values: 'a number above 0',
    default: standard,
    accepts: (value): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0,
  };
}

/** An option that is one of a few words. */
export function choice<const Word extends string>(
  summary: string,
  words: readonly Word[],
  standard: NoInfer<Word>,
): ModelOption<Word> {
  return {
    summary,
    values: words.map((word) => `'${word}'`).join(' or '),
    words,
    default: standard,
    accepts: (value): value is Word => words.some((word) => word === value),
  };
}

/** An option that is a list of integers of at least 1, exactly `length` of them if that is given. */
export function widths(summary: string, standard: readonly number[], length?: number): ModelOption<readonly number[]> {
  return {
    summary,
    values: `a list of ${length ?? 'one or more'} integers, each 1 or more`,
    default: standard,
    accepts: (value): value is readonly number[] =>
      Array.isArray(value) &&
      (length === undefined ? value.length > 0 : value.length === length) &&
      value.every((width) => isIntegerFrom(width, 1)),
  };
}

/** An option that is a list of positive numbers, two for each anchor: width, height. */
export function anchorSizes(summary: string, standard: readonly number[]): ModelOption<readonly number[]> {
  return {
    // Their number is that of the head's channels, but not their sizes.
    traceless: true,
    summary,
    values: 'a list of positive numbers, two for each anchor: width and height',
    default: standard,
    accepts: (value): value is readonly number[] =>
      Array.isArray(value) &&
      value.length >= 2 &&
      value.length % 2 === 0 &&
      value.every((side) => typeof side === 'number' && Number.isFinite(side) && side > 0),
  };
}

function imageShape(standard: ImageShape, isTold: boolean): ModelOption<ImageShape> {
  return {
    ...(isTold ? {} : { traceless: true }),
    summary: 'the input, without the batch',
    values: 'a list of three integers, each 1 or more: [height, width, channels]',
    default: standard,
    accepts: (value): value is ImageShape =>
      Array.isArray(value) && value.length === 3 && value.every((dimension) => isIntegerFrom(dimension, 1)),
  };
}

/** Defaults of the options that every model has, and what depends on the architecture. */
export interface StandardOptions {
  readonly classes: number;
  readonly inputShape: ImageShape;
  /** Default: ReLU. */
  readonly activation?: ActivationFactory;
  /** Whether the weights reveal the size of the images, as those of a dense layer after an image do. */
  readonly inputShapeInWeights?: true;
}

/** The options that every model has. */
export function commonOptions(standard: StandardOptions) {
  return {
    classes: integer('number of classes, the length of the output', standard.classes),
    inputShape: imageShape(standard.inputShape, standard.inputShapeInWeights === true),
    activation: {
      summary: 'the activation at each site',
      values: 'a function from a site’s name to its definition, such as reluSites or clipSites(5)',
      default: standard.activation ?? reluSites,
      traceless: true,
      accepts: (value: unknown): value is ActivationFactory => typeof value === 'function',
    },
    initialization: choice(
      'initial weights: random by He’s rule, or zeros for a network about to receive trained weights',
      initializations,
      'random',
    ),
    seed: {
      summary: 'decides the random weights, together with each parameter’s name',
      values: 'a safe integer',
      default: 0,
      accepts: (value: unknown): value is number => Number.isSafeInteger(value),
    },
  } satisfies OptionTable;
}

function describeValue(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}

/**
 * @param model named in the message
 * @throws if something given is not an option of the table; the message names the nearest one.
 */
export function assertKnownOptions(model: string, table: OptionTable, given: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) throw new Error(`${model}: ${unknownName('option', name, Object.keys(table))}`);
  }
}

/**
 * A value for each option of a table: the given one, or the default where it is absent or undefined.
 *
 * @param model named in the message
 * @throws naming the option and what it takes if a value is not accepted.
 */
export function resolveOptions<Table extends OptionTable>(
  model: string,
  table: Table,
  given: Readonly<Record<string, unknown>>,
): OptionValues<Table>;
export function resolveOptions(
  model: string,
  table: OptionTable,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => {
      const own = ownValue(given, name);
      const value = own === undefined ? option.default : own;
      if (!option.accepts(value)) {
        throw new Error(`${model}: its option '${name}' must be ${option.values}, not ${describeValue(value)}.`);
      }
      return [name, value];
    }),
  );
}
