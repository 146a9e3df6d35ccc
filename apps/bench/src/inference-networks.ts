import { foldBatchNorm } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import type { Registries } from '@rheobase/experiments/node';
import type { ImageBatch, Network } from '@rheobase/network';
import { spikingAtRate, type WantedRate } from './threshold-at-rate.js';

/** A spiking network, and the analog one whose layers it has. */
export interface BenchedNetworks {
  readonly label: string;
  readonly spiking: Network;
  /** Batch norms folded. */
  readonly source: Network;
  /** Whether the source network stood in the folder, or is the spiking one with ReLU in place of neurons: the same work. */
  readonly sourceFrom: 'folder' | 'layers' | 'model';
  /** What the names in them mean. */
  readonly registries: Registries;
}

/**
 * A model with random weights, its thresholds set so that every layer fires at one rate on the first images.
 *
 * @throws if a layer cannot fire so often.
 */
export async function networksAtRate(
  source: Network,
  label: string,
  images: ImageBatch,
  wanted: WantedRate,
  registries: Registries,
): Promise<BenchedNetworks> {
  await startTensorBackend();
  const folded = foldBatchNorm(source);
  const spiking = spikingAtRate(folded, firstOf(images), wanted, registries.siteConversions);
  return { label, spiking, source: folded, sourceFrom: 'model', registries };
}

/** Images by which thresholds are set: enough for rates, and twice as fast as the usual batch. */
const rateImages = 16;

function firstOf({ images: data, shape }: ImageBatch): ImageBatch {
  const [count = 0, ...image] = shape;
  const taken = Math.min(count, rateImages);
  return { shape: [taken, ...image], images: data.subarray(0, (data.length / count) * taken) };
}
