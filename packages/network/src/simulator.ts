import type { ImageBatch } from './image-batch.js';
import type { InitialPotentials, Probe, SimulationResult } from './probe.js';

/** Options of a simulation, the same for every engine. */
export interface SimulateOptions {
  /** T, the number of time steps; at least 1, and as many as an input has frames. */
  readonly steps: number;
  /** What to record. */
  readonly probes?: readonly Probe[];
  /** Initial potentials of some neuron nodes, per image, replacing V(0). */
  readonly potentials?: InitialPotentials;
}

/** Runs one spiking network on an engine. */
export interface Simulator {
  /**
   * Simulates a batch: the same at every step (direct coding), or frame by frame where it has frames.
   *
   * @throws if images, probes or potentials do not fit the network.
   */
  simulate(batch: ImageBatch, options: SimulateOptions): Promise<SimulationResult>;
}
