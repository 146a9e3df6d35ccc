import type { ModelRegistries, OverTime } from '@rheobase/execution';
import type { Network, Shape } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Segment } from './segment.js';

/** What a site sees on some images, and what it should make of it. Streamed: it is unpacked when it is asked for. */
export interface SiteImages {
  /** N; images are numbered from 0. */
  readonly count: number;
  /**
   * What the segment starts from, by node: an input's images, and the spike trains of the sites before, as the calibrated network
   * delivers them. New tensors, which the caller disposes.
   */
  inputs(images: ArrayLike<number>): ReadonlyMap<string, OverTime>;
  /** The quantized network's values at the site, `[n, …shape]`. A new tensor, which the caller disposes. */
  targets(images: ArrayLike<number>): Tensor;
}

/** One site to be calibrated, after the calibrated sites upstream. */
export interface SiteTask {
  /** Name of the neuron node, or of the output where it is a read-out. */
  readonly site: string;
  /** Of the site's value, without batch. */
  readonly shape: Shape;
  /** The whole spiking network, as calibrated so far. */
  readonly network: Network;
  readonly segment: Segment;
  /** T. */
  readonly steps: number;
  readonly calibration: SiteImages;
  /** Other images, to choose and to stop by. */
  readonly heldOut: SiteImages;
  /** Images to take at a time, so that a value over all steps stays in the processor's cache; results do not depend on it much. */
  readonly imagesAtOnce: number;
  /** Settles everything random; another for every site. */
  readonly seed: number;
  /** Models from outside, in addition to the built-in ones. */
  readonly registries: Partial<ModelRegistries>;
  /** To be looked at between epochs. */
  readonly signal?: AbortSignal;
  /** Called after every epoch. */
  onEpoch(epoch: EpochReport): void;
}

export interface EpochReport {
  /** Epochs done at this site. */
  readonly epoch: number;
  /** Mean over the epoch's images, each at the parameters of its time. */
  readonly loss: number;
  readonly heldOutLoss: number;
}

/** What came of a site. */
export interface SiteOutcome {
  /** The whole network, of which the site's own parameters may have changed. */
  readonly network: Network;
  readonly epochs: number;
  /** The epoch whose parameters were kept; 0 is the state before the first. */
  readonly bestEpoch: number;
  /** How many numbers were up for change. */
  readonly trainedParameters: number;
  /** Of the loss that the method goes by, where it has one. */
  readonly heldOutLoss?: { readonly before: number; readonly after: number };
}
