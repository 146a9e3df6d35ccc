import type { Network, OptionTable, OptionValues } from '@rheobase/network';
import { optionValues } from '@rheobase/network';
import type { Layers } from '../layers.js';
import { layers } from '../layers.js';
import type { ImageShape, StandardOptions } from '../options.js';
import { commonOptions } from '../options.js';
import { type HeadMap, headMetadata } from './head-spec.js';

/** How images are brought to a detector's size: the names are those of `ImageFit` in `@rheobase/datasets`. */
export interface DetectorImageFit {
  readonly shape: 'letterbox' | 'stretch';
  readonly filter: 'bilinear' | 'sampled';
}

/** A detector's architecture with its options: what a registry of detectors holds. */
export interface DetectorFamily {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** The paper or program that it comes from. */
  readonly source: string;
  /** Its options with their defaults; among them `inputShape`. */
  readonly options: OptionTable;
  /** Name of the normalization that its inputs usually have, as in `@rheobase/datasets`. */
  readonly normalization: string;
  /** How images usually come to its size. */
  readonly imageFit: DetectorImageFit;
  /** Names of the classes that its published weights know; absent where there are none. */
  readonly classNames?: readonly string[];
  /**
   * A new network with one input node `input` and an output node for each map of its head, which is in the network's metadata
   * (`headSpecOf`).
   *
   * @throws if an option is unknown or its value is not accepted, or the input does not fit the architecture.
   */
  build(options?: Readonly<Record<string, unknown>>): Network;
}

type CommonTable = ReturnType<typeof commonOptions>;

/** A {@link DetectorFamily} whose options have types. */
export interface TypedDetectorFamily<Own extends OptionTable> extends DetectorFamily {
  readonly options: Own & CommonTable;
  build(options?: Partial<OptionValues<Own & CommonTable>>): Network;
}

/** Builds a detector of one family. */
export type DetectorFunction<Own extends OptionTable> = TypedDetectorFamily<Own>['build'];

/** A map as a construction returns it: the output node and its anchors; name and stride are derived. */
export interface ConstructedMap {
  /** Node of the map, `[H, W, channels]`. */
  readonly at: string;
  readonly anchors: HeadMap['anchors'];
}

/**
 * A family from its options and a function that adds its layers between the input node and the maps. To its own options come those
 * that all families have: `classes`, `inputShape`, `activation`, `initialization` and `seed`. Outputs are called `output`, or `output1`,
 * `output2`, … where there are several.
 */
export function detectorFamily<const Own extends OptionTable>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly normalization: string;
  readonly imageFit: DetectorImageFit;
  readonly classNames?: readonly string[];
  /** The head's kind. */
  readonly head: string;
  /** Defaults of the common options. */
  readonly standard: StandardOptions;
  readonly options: Own;
  /** Adds the layers; returns the maps, the coarsest first. */
  readonly construct: (
    layers: Layers,
    input: string,
    options: OptionValues<Own> & { readonly classes: number },
  ) => readonly ConstructedMap[];
}): TypedDetectorFamily<Own> {
  const { head, standard, options: own, construct, ...described } = definition;
  const { name, normalization } = described;
  const common = commonOptions(standard);
  const options = { ...own, ...common };
  return {
    ...described,
    options,
    build: (given = {}) => {
      const ownValues = optionValues(name, own, given, common);
      const { classes, inputShape, activation, initialization, seed } = optionValues(name, common, given, own);
      const network = layers({ activation, initialization, seed });
      const input = network.input('input', inputShape);
      const constructed = construct(network, input, { ...ownValues, classes });
      const maps = constructed.map(({ at, anchors }, index): HeadMap => {
        const output = constructed.length === 1 ? 'output' : `output${index + 1}`;
        network.output(output, at);
        return { output, stride: strideOf(name, inputShape, network.imageAt(at)), anchors };
      });
      const values = Object.entries({ ...ownValues, classes, inputShape, initialization, seed });
      return network.build({
        model: name,
        normalization,
        ...Object.fromEntries(values.map(([option, value]) => [option, String(value)])),
        ...headMetadata({ kind: head, classes, maps }),
      });
    },
  };
}

function strideOf(name: string, input: ImageShape, [rows, columns]: readonly [number, number, number]): number {
  const stride = input[0] / rows;
  if (!Number.isInteger(stride) || input[1] / columns !== stride) {
    throw new Error(
      `${name}: an input of ${input[0]}×${input[1]} pixels gives a map of ${rows}×${columns} cells, which is not exact; ` +
        'choose an inputShape whose height and width are multiples of the largest stride.',
    );
  }
  return stride;
}
