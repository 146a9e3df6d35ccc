import { bind } from '@rheobase/execution';
import type { InitialPotentials, Network, Probe, Shape, SimulationResult } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';

/** Images in memory. */
export interface ImageBatch {
  /** NHWC, normalized. */
  readonly images: Float32Array;
  /** `[N, H, W, C]`, or `[N, C]` */
  readonly shape: Shape;
}

export interface SimulatorOptions {
  /** Time steps; at least 1. */
  readonly steps: number;
  readonly probes?: readonly Probe[];
  /** Where potentials start, image by image, in place of the network's V(0). */
  readonly potentials?: InitialPotentials;
}

/** Runs one spiking network, on whatever engine. */
export interface Simulator {
  /**
   * Simulates a batch, the images fed unchanged at every step.
   *
   * @throws if images, probes or potentials do not fit the network.
   */
  simulate(batch: ImageBatch, options: SimulatorOptions): Promise<SimulationResult>;
}

/** A simulator on tfjs' current backend, for any neuron there is. Dispose it when done. */
export function tensorSimulator(network: Network): Simulator & { dispose(): void } {
  const bound = bind(network);
  return {
    simulate: async ({ images, shape }, options) => {
      const input = tensor(images, [...shape]);
      try {
        return bound.simulate(input, options);
      } finally {
        input.dispose();
      }
    },
    dispose: () => bound.dispose(),
  };
}
