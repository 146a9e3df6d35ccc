import type { LabelledBatch, Network, OptionTable } from '@rheobase/network';
import type { Procedure } from './procedure.js';
import type { TaskRegistries } from './task-registries.js';

/** Where a method was published. */
export interface Paper {
  readonly title: string;
  /** Authors, and journal or conference with its year. */
  readonly reference: string;
  readonly url?: string;
}

/** Options by name, as they are given. */
export type GivenOptions = Readonly<Record<string, number | string>>;

/** What a method starts from. */
export interface MethodNeeds {
  /** `source`: the trained network. `quantized`: the same after stage I, or after any training with quantized activations. */
  readonly network: 'source' | 'quantized';
  /** Training images, and whether their labels are read. */
  readonly images: 'none' | 'unlabelled' | 'labelled';
}

/** What a method is to convert. */
export interface ConversionTask {
  /** Analog, batch norms folded: what {@link MethodNeeds.network} says. */
  readonly network: Network;
  /** T, total latency. */
  readonly steps: number;
  /** Training images to calibrate on, and others to stop and to choose by. */
  readonly images?: { readonly calibration: LabelledBatch; readonly heldOut: LabelledBatch };
  /** Models from outside; default: the built-in ones. */
  readonly registries?: TaskRegistries | undefined;
  /** Settles everything random. */
  readonly seed: number;
  /** Stops a method that takes long; it throws what the signal was aborted with. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ConversionProgress) => void) | undefined;
}

/** How far a conversion is. */
export interface ConversionProgress {
  readonly done: number;
  readonly total: number;
  /** What is counted: `sites`. */
  readonly unit: string;
  readonly note: string;
}

/** A spiking network, and how it is run. */
export interface ConvertedNetwork {
  readonly network: Network;
  readonly procedure: Procedure;
}

/**
 * A way to convert a trained network into a spiking one. Every method makes a network and a procedure from the same kinds of things, so that
 * all of them can be run on the same weights and images, and be counted in the same way.
 */
export interface ConversionMethod {
  /** Its name in a registry: `srp`. */
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  readonly paper: Paper;
  readonly options: OptionTable;
  readonly needs: MethodNeeds;
  /** Whether the network that it makes is one for this T alone; else one conversion serves every T. */
  dependsOnSteps(options: GivenOptions): boolean;
  /**
   * Leaves the task's network unchanged and leaks no tensor; the same task and options give the same bytes.
   *
   * @throws naming an option that is unknown or out of range.
   * @throws if the network is not what the method needs, naming a node; if it needs images and there are none.
   */
  convert(task: ConversionTask, options: GivenOptions): Promise<ConvertedNetwork>;
}
