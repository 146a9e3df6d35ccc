import type { ImageBatch, LabelledBatch, Network, SpikeValues } from '@rheobase/network';
import { knownNeurons, spikeValuesOf } from '@rheobase/network';
import type { ConversionMethod, ConversionProgress, GivenOptions } from './conversion-method.js';
import { differentialSpikes, harmonySpikes, multiThresholdSpikes } from './correcting-spikes.js';
import { outputDistance } from './output-error.js';
import { lightSnnCalibration } from './snn-calibration.js';
import type { TaskRegistries } from './task-registries.js';
import { thresholdBalancing } from './threshold-balancing.js';

/** How long to search: `fast` tries one way, in seconds; `best` all that fit, in minutes. */
export type Effort = 'fast' | 'best';

export interface SpikeOptions {
  /** T */
  readonly steps: number;
  /** Default: `best`. */
  readonly effort?: Effort | undefined;
  /**
   * n: thresholds of either sign that a neuron may have, for one spike a step; 1 are single spikes that may take back. Default: 4 with `fast`; with `best` also 1, neurons with
   * binary spikes, and ones that fire several spikes in a step.
   */
  readonly thresholdsPerNeuron?: number | undefined;
  /** Models from outside; default: the built-in ones. */
  readonly registries?: TaskRegistries | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onTried?: ((tried: Tried) => void) | undefined;
  readonly onProgress?: ((method: string, progress: ConversionProgress) => void) | undefined;
}

/** A conversion that was tried. */
export interface Tried {
  readonly method: string;
  readonly options: GivenOptions;
  readonly spikes: SpikeValues;
  /** Σ (read-out after T steps − output of the source network)² over Σ output², on the held-out images. */
  readonly distance: number;
  /** Share of the held-out images for which both have the same greatest output. */
  readonly agreement: number;
  /** Of the conversion and of measuring it. */
  readonly seconds: number;
}

/** The best of what was tried. */
export interface Spiked extends Tried {
  readonly network: Network;
  /** Kind of its neurons. */
  readonly neuron: string;
  readonly tried: readonly Tried[];
}

/** Most images that are looked at. */
export const mostSpikeImages = 256;

interface Candidate {
  readonly method: ConversionMethod;
  readonly options: GivenOptions;
}

/**
 * The conversions that are tried. With one threshold a neuron must be able to say in the steps to come what it could not say in this one, so λ is the nearer to 1 the more steps there are.
 */
export function candidatesOf({ steps, effort = 'best', thresholdsPerNeuron }: SpikeOptions): readonly Candidate[] {
  const differential = (levels: number, growth: number): Candidate => ({
    method: differentialSpikes,
    options: { levels, growth },
  });
  const single = steps <= 4 ? 1.75 : steps <= 10 ? 1.5 : 1.2;
  const several = (levels: number): readonly Candidate[] => [
    ...[2, 1.5].map((growth) => differential(levels, growth)),
    { method: multiThresholdSpikes, options: { levels } },
  ];
  const signed = [1.75, 1.5, 1.3, 1.15].map((growth) => differential(1, growth));
  if (effort === 'fast') {
    const levels = thresholdsPerNeuron ?? 4;
    return [differential(levels, levels === 1 ? single : 2)];
  }
  if (thresholdsPerNeuron === 1) return [...signed, { method: multiThresholdSpikes, options: { levels: 1 } }];
  if (thresholdsPerNeuron !== undefined) return several(thresholdsPerNeuron);
  return [
    { method: thresholdBalancing, options: { shift: 'half-step' } },
    { method: lightSnnCalibration, options: {} },
    differential(1, single),
    ...several(4),
    { method: harmonySpikes, options: { levels: 4 } },
  ];
}

/**
 * Converts a trained network into a spiking one without labels and without training: tries what fits, and chooses by how near the read-outs after T steps come to the outputs of the
 * source network on a quarter of the images, which are held out.
 *
 * @param network analog, batch norms folded
 * @param images as the network takes them, `[N, H, W, C]`, at least 8; more than 256 are not looked at
 * @throws {RangeError} if there are too few images, or T or n is out of range.
 * @throws as the methods do, naming a node that cannot be converted.
 */
export async function spike(network: Network, images: ImageBatch, options: SpikeOptions): Promise<Spiked> {
  const { steps, thresholdsPerNeuron, registries, signal, onTried, onProgress } = options;
  const count = Math.min(images.shape[0] ?? 0, mostSpikeImages);
  if (count < 8) throw new RangeError(`To calibrate and to choose takes at least 8 images, not ${count}.`);
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new RangeError(`T must be an integer of at least 1, not ${steps}.`);
  if (
    thresholdsPerNeuron !== undefined &&
    !(Number.isSafeInteger(thresholdsPerNeuron) && thresholdsPerNeuron >= 1 && thresholdsPerNeuron <= 7)
  ) {
    throw new RangeError(`The thresholds of a neuron must be 1 to 7, not ${thresholdsPerNeuron}.`);
  }
  const held = Math.ceil(count / 4);
  const [calibration, heldOut] = [part(images, 0, count - held), part(images, count - held, count)];
  const tried: Tried[] = [];
  let best: { readonly network: Network; readonly tried: Tried } | undefined;
  for (const { method, options: own } of candidatesOf(options)) {
    signal?.throwIfAborted();
    const began = performance.now();
    const made = await method.convert(
      {
        network,
        steps,
        images: { calibration, heldOut },
        registries,
        seed: 0,
        signal,
        onProgress: (progress) => onProgress?.(method.name, progress),
      },
      own,
    );
    const measured = outputDistance(network, made.network, heldOut, steps, registries);
    const one: Tried = {
      method: method.name,
      options: own,
      spikes: spikeValuesOf(specsOf(made.network), registries?.neurons ?? knownNeurons),
      ...measured,
      seconds: (performance.now() - began) / 1000,
    };
    tried.push(one);
    onTried?.(one);
    if (best === undefined || one.distance < best.tried.distance) best = { network: made.network, tried: one };
  }
  if (best === undefined) throw new Error('Nothing was tried.');
  const [neuron] = specsOf(best.network);
  return { ...best.tried, network: best.network, neuron: neuron?.kind ?? '', tried };
}

const specsOf = ({ nodes }: Network) => nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron] : []));

/** Images without labels, which none of the methods reads. */
function part({ images, shape }: ImageBatch, from: number, to: number): LabelledBatch {
  const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return {
    images: images.subarray(from * size, to * size),
    shape: [to - from, ...shape.slice(1)],
    labels: new Int32Array(to - from),
  };
}
