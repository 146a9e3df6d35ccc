import type { Network, OptionTable } from '@rheobase/network';
import { family, type FamilyDefinition } from '../family.js';
import type { ModelFamily, TypedModelFamily } from '../model-family.js';
import type { ImageShape } from '../options.js';
import { type HeadMap, headMetadata } from './head-spec.js';

/** How images are brought to a detector's size: the names are those of `ImageFit` in `@rheobase/datasets`. */
export interface DetectorImageFit {
  readonly shape: 'letterbox' | 'stretch';
  readonly filter: 'bilinear' | 'sampled';
}

/** A detector's architecture with its options: what a registry of detectors holds. */
export interface DetectorFamily extends ModelFamily {
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

/** A {@link DetectorFamily} whose options have types. */
export type TypedDetectorFamily<Own extends OptionTable> = DetectorFamily & TypedModelFamily<Own>;

/** Builds a detector of one family. */
export type DetectorFunction<Own extends OptionTable> = TypedDetectorFamily<Own>['build'];

/** A map as a construction returns it: the output node and its anchors; name and stride are derived. */
export interface ConstructedMap {
  /** Node of the map, `[H, W, channels]`. */
  readonly at: string;
  readonly anchors: HeadMap['anchors'];
}

/**
 * A {@link family} whose construction returns the maps of its head, the coarsest first. Outputs are called `output`, or `output1`, `output2`, …
 * where there are several.
 */
export function detectorFamily<const Own extends OptionTable>(
  definition: FamilyDefinition<Own, readonly ConstructedMap[]> &
    Pick<DetectorFamily, 'imageFit' | 'classNames'> & {
      /** The head's kind. */
      readonly head: string;
    },
): TypedDetectorFamily<Own> {
  const { name, normalization, imageFit, classNames, head } = definition;
  return {
    ...family(definition, (network, constructed, { classes, inputShape }, words) => {
      const maps = constructed.map(({ at, anchors }, index): HeadMap => {
        const output = constructed.length === 1 ? 'output' : `output${index + 1}`;
        network.output(output, at);
        return { output, stride: strideOf(name, inputShape, network.imageAt(at)), anchors };
      });
      return { normalization, ...words, ...headMetadata({ kind: head, classes, maps }) };
    }),
    imageFit,
    ...(classNames && { classNames }),
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
