import type { ImageBatch, Probe, SimulationResult, Simulator } from '@rheobase/network';

/** What a method measures is counted over all of T; these are the probes that can be. */
export type CountingProbe = Extract<Probe, { readonly kind: 'events' | 'firings' | 'spikes' | 'spike-count' }>;

export interface ProcedureOptions {
  /** T: all steps, from the first that looks at the image to the last. */
  readonly steps: number;
  readonly probes?: readonly CountingProbe[];
}

/**
 * How a converted network is run on images. For most methods that is simulating it. A method that first looks at each image for some
 * steps, and then restarts its neurons from what it saw, cannot express that in a network alone, and does so here.
 */
export interface Procedure {
  /** Steps that pass before there is an answer. They count: T is total latency. */
  readonly stepsBefore: number;
  /** What T counts, in a sentence. */
  readonly latency: string;
  /**
   * Runs T steps on a batch. The read-out after step t is the mean over steps `stepsBefore` + 1 … t; before, it is NaN. Probes count the
   * steps before as well.
   *
   * @param simulator runs the network that the procedure belongs to
   */
  simulate(simulator: Simulator, batch: ImageBatch, options: ProcedureOptions): Promise<SimulationResult>;
}

/** The procedure of a network that needs no other: it is simulated from V(0), and answers from the first step on. */
export const plainSimulation: Procedure = {
  stepsBefore: 0,
  latency: 'T steps, an answer after each',
  simulate: (simulator, batch, options) => simulator.simulate(batch, options),
};
