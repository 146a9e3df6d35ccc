import type { Normalization } from '@rheobase/datasets';
import { bind } from '@rheobase/execution';
import { analogMaps, mapsAfter } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import type { CommandOutput } from '../output/command-output.js';
import type { SpikingDetector } from './detector-networks.js';
import {
  type EngineOptions,
  roundedFor,
  type SimulatedBy,
  simulatedBy,
  startEngine,
} from '../choices/engine-choice.js';

/** A network that was run on an image. */
export type Observer =
  | { readonly kind: 'analog' }
  | ({ readonly kind: 'spiking'; readonly steps: number } & SimulatedBy);

/** The output maps of a detector, and which network computed them. */
export interface DetectorMaps {
  readonly by: Observer;
  /** By output node, `[H, W, channels]` of one image. */
  readonly maps: ReadonlyMap<string, Float32Array>;
}

type InputBatch = Parameters<typeof analogMaps>[1];

/** The output maps of an analog detector for an image. */
export function mapsOfAnalog(network: Network, batch: InputBatch, registries: Registries): DetectorMaps {
  const bound = bind(network, registries);
  try {
    return { by: { kind: 'analog' }, maps: analogMaps(bound, batch) };
  } finally {
    bound.dispose();
  }
}

/** The output maps of a spiking detector for an image after its last step. */
export async function mapsOfSpiking(
  { network, steps }: SpikingDetector,
  batch: InputBatch,
  { normalization, ...options }: EngineOptions & { readonly normalization: Normalization },
  registries: Registries,
  output: CommandOutput,
): Promise<DetectorMaps> {
  const started = await startEngine(network, options, registries, output, roundedFor(normalization, registries));
  try {
    const maps = mapsAfter(await started.engine.simulate(batch, { steps }), steps);
    return { by: { kind: 'spiking', steps, ...simulatedBy(started) }, maps };
  } finally {
    await started.engine.dispose();
  }
}
