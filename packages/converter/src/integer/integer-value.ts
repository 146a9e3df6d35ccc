/** A node's value while a network is being rewritten in integers: the real value is the integer times a unit. */
export interface IntegerValue {
  /** The node of the new network that computes it. */
  readonly node: string;
  /** The unit of each channel, `[C]`, above 0; 0 if the channel is always zero, which fits any unit. */
  readonly unit: Float64Array;
  /** The unit of each element, if it differs within a channel. */
  readonly unitByElement?: Float64Array;
  /** Greatest magnitude of the integer in each channel, `[C]`. */
  readonly magnitude: Float64Array;
  /** `spikes` if it counts spikes, moved or summed; `analog` after weights or a quantization. */
  readonly grain: 'spikes' | 'analog';
}

/** The rounding of this project: ⌊x + ½⌋. */
export const roundHalfUp = (x: number): number => Math.floor(x + 0.5);
