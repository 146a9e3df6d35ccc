import type { Option, OptionTable } from '@rheobase/network';
import { choice, numberOption, integer } from '@rheobase/network';
import type { ActivationFactory } from './activation-sites.js';
import { reluSites } from './activation-sites.js';
import { initializations } from './initialization.js';

/** Height, width and channels of an input image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** An option that trained weights do not reveal: see {@link Option.traceless}. */
export function traceless<Value>(option: Option<Value>): Option<Value> {
  return { ...option, traceless: true };
}

const isWidth = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;

/** An option that is a list of integers of at least 1, exactly `length` of them if that is given. */
export function widths(summary: string, standard: readonly number[], length?: number): Option<readonly number[]> {
  return {
    summary,
    values: `a list of ${length ?? 'one or more'} integers, each 1 or more`,
    default: standard,
    accepts: (value): value is readonly number[] =>
      Array.isArray(value) &&
      (length === undefined ? value.length > 0 : value.length === length) &&
      value.every(isWidth),
  };
}

/** An option that is a list of positive numbers, two for each anchor: width, height. */
export function anchorSizes(summary: string, standard: readonly number[]): Option<readonly number[]> {
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

function imageShape(standard: ImageShape, isTold: boolean): Option<ImageShape> {
  return {
    ...(isTold ? {} : { traceless: true }),
    summary: 'the input, without the batch',
    values: 'a list of three integers, each 1 or more: [height, width, channels]',
    default: standard,
    accepts: (value): value is ImageShape => Array.isArray(value) && value.length === 3 && value.every(isWidth),
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
    seed: numberOption('decides the random weights, together with each parameter’s name', 0, { integer: true }),
  } satisfies OptionTable;
}
