import type { ImageBatch } from './image-batch.js';
import type { InitialPotentials, Probe, SimulationResult } from './probe.js';

/** How every engine simulates. */
export interface SimulateOptions {
  /** T, the number of time steps; at least 1. */
  readonly steps: number;
  /** What to note down. */
  readonly probes?: readonly Probe[];
  /** Where the potentials of some neuron nodes start, on every image, in place of V(0). */
  readonly potentials?: InitialPotentials;
}

/** Runs one spiking network, on whatever engine. */
export interface Simulator {
  /**
   * Simulates a batch, the images fed unchanged at every step.
   *
   * @throws if images, probes or potentials do not fit the network.
   */
  simulate(batch: ImageBatch, options: SimulateOptions): Promise<SimulationResult>;
}
