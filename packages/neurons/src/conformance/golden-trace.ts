import type { Numbers } from '@rheobase/network/conformance';

/**
 * What one neuron does on record. All numbers are exact in float32, so that every implementation, in whatever language
 * and on whatever device, can be held to it to the last bit.
 */
export interface GoldenTrace {
  readonly name: string;
  /** Parameters and attributes by name. */
  readonly values: Numbers;
  /** I(t), one a step. */
  readonly currents: readonly number[];
  /** s(t). */
  readonly spikes: readonly number[];
  /** V(t) after the reset. */
  readonly potentials: readonly number[];
}

/** A file of golden traces: `@rheobase/neurons/golden/<kind>.json`. */
export interface GoldenFile {
  readonly kind: string;
  readonly equation: string;
  readonly traces: readonly GoldenTrace[];
}
