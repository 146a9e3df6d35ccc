import {
  type EnergyBoundary,
  type EnergyModel,
  energyOf,
  type EnergyReport,
  macsOf,
  operationsAt,
} from '@rheobase/analysis';
import type { Network, NeuronDefinition, Registry, SpikeValues } from '@rheobase/network';
import { knownNeurons, nodeOf, spikeBits, spikeValuesOf } from '@rheobase/network';
import type { SpikingAccuracy } from './spiking-accuracy.js';

/** What energy is counted for, and at what cost. */
export interface Counting {
  readonly model?: EnergyModel;
  readonly boundary?: Partial<EnergyBoundary>;
  /** The known neuron models; default: the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

/** The figures of a simulation, as they are printed and written. Fractions are 0…1; records are keyed by t. */
export interface SpikingSummary {
  readonly steps: number;
  readonly images: number;
  /** What a spike is, by the definitions of the network's neurons. */
  readonly spikes: SpikeValues;
  readonly accuracy: number;
  readonly accuracyAt: Readonly<Record<string, number>>;
  /** Synaptic operations of an image, those into the read-out included. */
  readonly sopsPerImage: number;
  readonly sopsPerImageAt: Readonly<Record<string, number>>;
  /** Bits that the neurons send for an image, without addresses; undefined if a neuron does not say what its spikes are worth (docs/decisions/0046). */
  readonly spikeBitsPerImage?: number;
  /** Multiply-accumulates of the source network for an image: one a connection, none for padding (METHOD §7). */
  readonly macsPerImage: number;
  /** With those that fall on padding: the figure usually reported. */
  readonly denseMacsPerImage: number;
  /** Energy of the spiking network over that of the source network; below 1, spiking is cheaper. */
  readonly energyRatio: number;
  readonly energyRatioAt: Readonly<Record<string, number>>;
  /** Of an image, in picojoules, with every term. */
  readonly energy: EnergyReport;
  /** Spikes of a neuron and step. */
  readonly firingRate: number;
  readonly firingRateAt: Readonly<Record<string, number>>;
  readonly firingRates: Readonly<Record<string, number>>;
  readonly imagesPerSecond: number;
}

/** What a simulation came to, in figures. */
export function summarize(
  network: Network,
  { steps, images, correctAt, firing, input, imagesPerSecond }: SpikingAccuracy,
  { neurons = knownNeurons, ...counting }: Counting = {},
): SpikingSummary {
  const perStep = (value: (t: number) => number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: steps }, (_, i) => [String(i + 1), value(i + 1)]));
  const energyAt = (t: number): EnergyReport =>
    energyOf({
      ...counting,
      ...(input && { input }),
      network,
      steps: t,
      sopsPerImage: operationsAt(firing.operations, t),
    });
  const sopsAt = (t: number): number => {
    const { hidden, readOut } = operationsAt(firing.operations, t);
    return hidden + readOut;
  };
  const accuracyAt = (t: number): number => (correctAt[t - 1] ?? 0) / images;
  const bits = bitsOf(network, firing, steps, neurons);
  const energy = energyAt(steps);
  const macs = macsOf(network);
  return {
    steps,
    images,
    spikes: spikeValuesOf(
      network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron] : [])),
      neurons,
    ),
    accuracy: accuracyAt(steps),
    accuracyAt: perStep(accuracyAt),
    sopsPerImage: sopsAt(steps),
    sopsPerImageAt: perStep(sopsAt),
    ...(bits !== undefined && { spikeBitsPerImage: bits }),
    macsPerImage: macs.exact,
    denseMacsPerImage: macs.dense,
    energyRatio: energy.ratio,
    energyRatioAt: perStep((t) => energyAt(t).ratio),
    energy,
    firingRate: firing.rate[steps - 1] ?? 0,
    firingRateAt: perStep((t) => firing.rate[t - 1] ?? 0),
    firingRates: Object.fromEntries(firing.layers.map(({ node, rate }) => [node, rate[steps - 1] ?? 0])),
    imagesPerSecond,
  };
}

function bitsOf(
  network: Network,
  { layers }: SpikingAccuracy['firing'],
  steps: number,
  neurons: Registry<NeuronDefinition>,
): number | undefined {
  const each = layers.map(({ node: name, firings }) => {
    const node = nodeOf(network, name);
    const bits = node.op === 'neuron' ? spikeBits(node.neuron, neurons) : undefined;
    return bits === undefined || firings === undefined ? undefined : bits * (firings[steps - 1] ?? 0);
  });
  return each.reduce((sum, bits) => (sum === undefined || bits === undefined ? undefined : sum + bits), 0);
}
