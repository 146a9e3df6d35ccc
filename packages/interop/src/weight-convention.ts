import type { Network } from '@rheobase/network';
import type { Layout } from './layout.js';

/** The place of a parameter among foreign tensors. */
export interface TensorSlot {
  readonly parameter: string;
  /** The tensor's name; the first is the one that is written, the others are read as well. */
  readonly tensors: readonly [string, ...string[]];
  readonly layout: Layout;
}

/** The names and layouts of the weights of a network in another program. */
export interface WeightConvention {
  readonly name: string;
  readonly summary: string;
  /** Patterns of tensors that belong to the convention but hold no parameter; `*` matches anything. */
  readonly ignored: readonly string[];
  /**
   * One slot for each parameter that the network's nodes use.
   *
   * @throws if the network has a layer whose weights the convention cannot represent.
   */
  slots(network: Network): readonly TensorSlot[];
}
