import type { ImageSize, LabelledBox } from '@rheobase/datasets';
import type { HeadMap, HeadSpec } from '@rheobase/models';
import type { Detection } from '../detection.js';
import type { FeatureMap, MapShape } from './feature-map.js';

/** How much each part of a detector's loss counts. */
export interface LossWeights {
  /** 1 − CIoU of boxes that are to be found. */
  readonly box: number;
  /** Objectness where there is something to be found. */
  readonly present: number;
  /** Objectness where there is nothing. */
  readonly absent: number;
  /** Cross-entropy of the classes. */
  readonly class: number;
}

/** The loss of one image, and its gradient. */
export interface HeadLoss {
  /** What is minimised: the sum of the parts. */
  readonly value: number;
  readonly parts: { readonly box: number; readonly objectness: number; readonly class: number };
  /** By map, as its data. */
  readonly gradients: readonly Float32Array[];
}

/**
 * What the output maps of a detector mean. All functions are pure and work on one image, in plain memory: maps are small. Boxes are in pixels
 * of the network's input.
 */
export interface DetectionHead {
  /** The name under which a `HeadSpec` speaks of it. */
  readonly kind: string;
  /** One line for lists. */
  readonly summary: string;
  /** The paper or program that it comes from. */
  readonly source: string;
  /** How many channels a map of that head has. */
  channels(spec: HeadSpec, map: HeadMap): number;
  /**
   * All boxes that the maps predict with at least a given score, before any suppression.
   *
   * @param maps in the order of the spec's
   * @param input size of the network's input, in pixels
   */
  decode(maps: readonly FeatureMap[], spec: HeadSpec, leastScore: number, input: ImageSize): readonly Detection[];
}

/** A head that a detector can be trained with. */
export interface TrainableHead extends DetectionHead {
  readonly weights: LossWeights;
  decode(maps: readonly FeatureMap[], spec: HeadSpec, leastScore: number): readonly Detection[];
  /**
   * Maps that say just what is there: `decode` gives the objects back. Objects that no cell is left for, and crowds, are left out.
   *
   * @param shapes of the maps, in the order of the spec's
   */
  encode(objects: readonly LabelledBox[], spec: HeadSpec, shapes: readonly MapShape[]): readonly FeatureMap[];
  /**
   * The loss of the maps against the true objects. Crowds are not targets, and boxes in them do not count as wrong.
   *
   * @param weights default: the head's own
   */
  loss(maps: readonly FeatureMap[], objects: readonly LabelledBox[], spec: HeadSpec, weights?: LossWeights): HeadLoss;
}

/** Whether a detector with this head can be trained. */
export function isTrainable(head: DetectionHead): head is TrainableHead {
  return 'loss' in head;
}

/**
 * Refuses maps that are not the head's.
 *
 * @throws saying which map has which size and which it should have.
 */
export function checkMaps(head: DetectionHead, spec: HeadSpec, maps: readonly FeatureMap[]): void {
  if (maps.length !== spec.maps.length) {
    throw new Error(`A '${head.kind}' head of ${spec.maps.length} maps was given ${maps.length}.`);
  }
  spec.maps.forEach((described, k) => {
    const { height, width, channels, data } = maps[k] ?? { height: 0, width: 0, channels: 0, data: [] };
    const wanted = head.channels(spec, described);
    if (channels !== wanted || data.length !== height * width * channels) {
      throw new Error(
        `The map '${described.output}' of a '${head.kind}' head has ${wanted} channels; given were ${data.length} values as ${height}×${width}×${channels}.`,
      );
    }
  });
}
