/** What one input may take. Inputs are small (a few kilobytes, seldom above 200), so whatever takes more grows too fast. */
export interface FuzzLimits {
  /** Seconds of processor time, of all threads together: a busy machine does not make a test fail. */
  readonly processorSeconds: number;
  /** Seconds by the clock, for what waits and does not compute. */
  readonly clockSeconds: number;
  /** Megabytes of the process' memory, above what it had before. */
  readonly megabytes: number;
  /** Megabytes of JavaScript's heap, that of all inputs of a thread together. */
  readonly heapMegabytes: number;
}

export const fuzzLimits: FuzzLimits = { processorSeconds: 5, clockSeconds: 120, megabytes: 512, heapMegabytes: 768 };
