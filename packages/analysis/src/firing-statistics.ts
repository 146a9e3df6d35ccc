import type { Network, Probe, ProbeRecord, SimulationResult } from '@rheobase/network';
import { probesFor } from './energy-probes.js';
import { fanOutOf } from './fan-out.js';
import type { EventSums, SynapticOperations } from './synaptic-operations.js';
import { cumulative, eventSums, expectImages, operationsFrom } from './synaptic-operations.js';

/** Shares of a layer's neurons after T steps, from 0 to 1. */
export interface SpikeShares {
  /** Of all neurons on all images, those whose spike count is 0. (A signed neuron's spikes may cancel out.) */
  readonly silent: number;
  /** Of all neurons on all images, those that spiked at every step, counts of T or more, either sign. */
  readonly saturated: number;
  /** Of the layer's neurons, those that were silent on every image. */
  readonly dead: number;
}

/** How much one layer of neurons fires. */
export interface LayerFiring {
  readonly node: string;
  readonly neurons: number;
  /** Spikes of an image in steps 1…t, at index t − 1; positive and negative ones and each of a burst count. */
  readonly spikes: Float64Array;
  /** Neurons that fired for an image in steps 1…t, whatever their spikes are worth, at index t − 1: what is sent. Only if `firings` probes were asked for. */
  readonly firings?: Float64Array;
  /** Firing rate: spikes of a neuron and step, over steps 1…t, at index t − 1. */
  readonly rate: Float64Array;
  /** Only if `spike-count` probes were asked for. */
  readonly shares?: SpikeShares;
}

/** Firing rates and synaptic operations over all images. */
export interface FiringSummary {
  readonly images: number;
  /** T. */
  readonly steps: number;
  /** In network order. */
  readonly layers: readonly LayerFiring[];
  /** Firing rate of all neurons together, over steps 1…t, at index t − 1. */
  readonly rate: Float64Array;
  readonly operations: SynapticOperations;
}

/** Gathers the records of many batches. */
export interface FiringStatistics {
  /** The probes to ask each simulation for: {@link energyProbes}. Others may be added. */
  readonly probes: readonly Probe[];
  /**
   * Adds a simulated batch.
   *
   * @throws if records are missing, or T is not that of the batches before.
   */
  add(result: Pick<SimulationResult, 'steps' | 'records'>, images: number): void;
  /**
   * What was gathered so far.
   *
   * @throws if that is nothing.
   */
  summary(): FiringSummary;
}

interface CountTally {
  silent: number;
  saturated: number;
  total: number;
  readonly hasFired: Uint8Array;
}

/**
 * Firing statistics of a spiking network, over as many batches as are added.
 *
 * @throws {NetworkError} as {@link fanOutOf} does.
 */
export function firingStatistics(network: Network): FiringStatistics {
  const fanOut = fanOutOf(network);
  const tallies = new Map<string, CountTally>();
  let sums: ReadonlyMap<string, EventSums> | undefined;
  let images = 0;
  let steps = 0;

  return {
    probes: probesFor(fanOut),
    add: (result, count) => {
      expectImages(count);
      if (images > 0 && result.steps !== steps) {
        throw new Error(
          `This batch was simulated for ${result.steps} steps, those before for ${steps}; keep T the same.`,
        );
      }
      const next = eventSums(fanOut, result.records);
      sums = sums === undefined ? next : merge(sums, next);
      for (const record of result.records) tally(tallies, fanOut.hidden, record, result.steps);
      steps = result.steps;
      images += count;
    },
    summary: () => {
      if (sums === undefined)
        throw new Error('No batch has been added yet; call add(result, images) after a simulation.');
      return summarize(sums, tallies, fanOut.hidden, images, steps);
    },
  };
}

function merge(a: ReadonlyMap<string, EventSums>, b: ReadonlyMap<string, EventSums>): ReadonlyMap<string, EventSums> {
  const add = (x: Float64Array, y: Float64Array | undefined) => x.map((value, t) => value + (y?.[t] ?? 0));
  return new Map(
    [...a].map(([node, sums]) => {
      const other = b.get(node);
      return [
        node,
        {
          spikes: add(sums.spikes, other?.spikes),
          hidden: add(sums.hidden, other?.hidden),
          readOut: add(sums.readOut, other?.readOut),
          firings: sums.firings && add(sums.firings, other?.firings),
        },
      ];
    }),
  );
}

function tally(
  tallies: Map<string, CountTally>,
  layers: ReadonlyMap<string, Float32Array>,
  { probe, data }: ProbeRecord,
  steps: number,
): void {
  const neurons = layers.get(probe.node)?.length;
  if (probe.kind !== 'spike-count' || neurons === undefined) return;
  const counts = tallies.get(probe.node) ?? { silent: 0, saturated: 0, total: 0, hasFired: new Uint8Array(neurons) };
  data.forEach((count, i) => {
    if (count === 0) counts.silent += 1;
    else counts.hasFired[i % neurons] = 1;
    if (Math.abs(count) >= steps) counts.saturated += 1;
  });
  counts.total += data.length;
  tallies.set(probe.node, counts);
}

function summarize(
  sums: ReadonlyMap<string, EventSums>,
  tallies: ReadonlyMap<string, CountTally>,
  fanOut: ReadonlyMap<string, Float32Array>,
  images: number,
  steps: number,
): FiringSummary {
  const perStep = (spikes: Float64Array, neurons: number) => spikes.map((count, t) => count / (neurons * (t + 1)));
  const layers = [...sums].map(([node, { spikes: total, firings }]): LayerFiring => {
    const neurons = fanOut.get(node)?.length ?? 0;
    const spikes = cumulative(total, images);
    const counts = tallies.get(node);
    return {
      node,
      neurons,
      spikes,
      ...(firings !== undefined && { firings: cumulative(firings, images) }),
      rate: perStep(spikes, neurons),
      ...(counts !== undefined && { shares: sharesOf(counts) }),
    };
  });
  const neurons = layers.reduce((sum, layer) => sum + layer.neurons, 0);
  const spikes = new Float64Array(steps).map((_, t) => layers.reduce((sum, layer) => sum + (layer.spikes[t] ?? 0), 0));
  return { images, steps, layers, rate: perStep(spikes, neurons), operations: operationsFrom(sums, images) };
}

function sharesOf({ silent, saturated, total, hasFired }: CountTally): SpikeShares {
  return {
    silent: silent / total,
    saturated: saturated / total,
    dead: hasFired.filter((fired) => fired === 0).length / hasFired.length,
  };
}
