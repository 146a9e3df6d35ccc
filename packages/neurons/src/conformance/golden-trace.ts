import type { Numbers } from '@rheobase/network/conformance';

/**
 * The recorded behaviour of one neuron. All numbers are exact in float32, so that an implementation in any language and on any device can be tested
 * against it bit for bit.
 */
export interface GoldenTrace {
  readonly name: string;
  /** Parameters and attributes by name. */
  readonly values: Numbers;
  /** I(t), one per step. */
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
