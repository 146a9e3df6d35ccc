import type { BoundNetwork } from '@rheobase/execution';
import { batches, subset } from '@rheobase/datasets';
import { onTensor } from '@rheobase/execution';
import { type Images } from './image-batches.js';

/** What some neurons of a layer did over T steps. */
export interface LayerRaster {
  readonly node: string;
  /** Neurons of the layer. */
  readonly neurons: number;
  /** Those that are shown, spread evenly over the layer: each an index into its values, rows, columns, channels. */
  readonly shown: readonly number[];
  /** By shown neuron, its spikes at every step, signed. */
  readonly spikes: readonly (readonly number[])[];
}

/** How a spiking network answers to one image. */
export interface SpikeRaster {
  /** T. */
  readonly steps: number;
  /** The class of the image, and the predicted class after every step, by name. */
  readonly label: string;
  readonly answers: readonly string[];
  /** The image from the set, pixels 0…255. */
  readonly image: {
    readonly shape: readonly [height: number, width: number, channels: number];
    readonly pixels: readonly number[];
  };
  /** In network order. */
  readonly layers: readonly LayerRaster[];
}

/**
 * Simulates one image and notes the spikes of some neurons of every layer.
 *
 * @param index which of the images
 * @param neurons maximum number of neurons per layer
 * @throws if there is no such image, or the network has no output.
 */
export async function spikeRaster(
  bound: BoundNetwork,
  { source, normalization }: Images,
  index: number,
  { steps, neurons }: { readonly steps: number; readonly neurons: number },
): Promise<SpikeRaster> {
  const one = subset(source, [index]);
  const { images: pixels, labels } = await one.read([0]);
  const name = (label: number): string => source.classNames[label] ?? String(label);
  const probes = [...bound.neurons.keys()].map((node) => ({ kind: 'spikes', node }) as const);
  for await (const batch of batches(one, { batchSize: 1, normalization })) {
    const { outputs, records } = onTensor(batch, (input) => bound.simulate(input, { steps, probes }));
    const [readOut] = outputs.values();
    if (readOut === undefined) throw new Error('The network has no output to read a class from.');
    const classes = readOut.data.length / steps;
    return {
      steps,
      label: name(labels[0] ?? -1),
      answers: Array.from({ length: steps }, (_, t) =>
        name(largest(readOut.data.subarray(t * classes, (t + 1) * classes))),
      ),
      image: { shape: source.imageShape, pixels: [...pixels] },
      layers: records.map(({ probe, data }) => {
        const size = data.length / steps;
        const shown = evenly(size, neurons);
        const spikes = shown.map((at) => Array.from({ length: steps }, (_, t) => data[t * size + at] ?? 0));
        return { node: probe.node, neurons: size, shown, spikes };
      }),
    };
  }
  throw new Error(`${source.name} has no image ${index}.`);
}

function largest(values: Float32Array): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0);
}

/** At most this many of the indices below `size`, spread evenly. */
function evenly(size: number, most: number): readonly number[] {
  const count = Math.min(size, most);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * size) / count));
}
