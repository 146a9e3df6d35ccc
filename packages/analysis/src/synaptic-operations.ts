import type { Network, ProbeRecord } from '@rheobase/network';
import type { FanOut } from './fan-out.js';
import { fanOutOf } from './fan-out.js';

/**
 * Synaptic operations for one image, over the time steps. At index t − 1 stands the number in steps 1…t, so that one run
 * gives the cost of every t ≤ T.
 */
export interface OperationsOverTime {
  /** Accumulates into everything upstream of neurons. */
  readonly hidden: Float64Array;
  /** Accumulates into the read-out. */
  readonly readOut: Float64Array;
}

/** The operations that the spikes of one neuron node cause. */
export interface LayerOperations extends OperationsOverTime {
  readonly node: string;
}

/** Synaptic operations for one image, in total and by the layer that spikes. */
export interface SynapticOperations extends OperationsOverTime {
  /** T. */
  readonly steps: number;
  /** How many images this is the mean of. */
  readonly images: number;
  readonly layers: readonly LayerOperations[];
}

/** Sums over a batch at each time step, as the engines note them down. */
export interface EventSums {
  readonly spikes: Float64Array;
  /** Neurons that fired. */
  readonly firings?: Float64Array | undefined;
  readonly hidden: Float64Array;
  readonly readOut: Float64Array;
}

/**
 * Synaptic operations from the records of {@link energyProbes} (METHOD §7).
 *
 * @param records those of one batch; others than `events` may be among them
 * @param images in the batch
 * @throws if a record that is needed is not there, or the network has no neurons.
 */
export function synapticOperations(
  network: Network,
  records: readonly ProbeRecord[],
  images: number,
): SynapticOperations {
  return operationsFrom(eventSums(fanOutOf(network), records), expectImages(images));
}

/** The operations of one image up to and including step t. */
export function operationsAt(
  { hidden, readOut }: OperationsOverTime,
  t: number,
): { readonly hidden: number; readonly readOut: number } {
  const [inner, outer] = [hidden[t - 1], readOut[t - 1]];
  if (inner === undefined || outer === undefined) {
    throw new Error(`There is no step ${t}; the simulation has steps 1 to ${hidden.length}.`);
  }
  return { hidden: inner, readOut: outer };
}

export function expectImages(images: number): number {
  if (!Number.isSafeInteger(images) || images < 1) {
    throw new Error(`The number of images must be an integer of at least 1, not ${images}.`);
  }
  return images;
}

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

/** What each neuron node's event probes noted, by node in network order. */
export function eventSums(fanOut: FanOut, records: readonly ProbeRecord[]): ReadonlyMap<string, EventSums> {
  if (fanOut.hidden.size === 0) {
    throw new Error('The network has no neurons, so there is nothing that spikes; convert it first.');
  }
  const sums = new Map<string, EventSums>();
  for (const [node, hidden] of fanOut.hidden) {
    const readOut = fanOut.readOut.get(node) ?? new Float32Array(hidden.length);
    const spikes = find(node, undefined);
    const into = (weights: Float32Array) =>
      weights.every((weight) => weight === 0) ? new Float64Array(spikes.length) : find(node, weights);
    sums.set(node, { spikes, firings: firingsOf(node), hidden: into(hidden), readOut: into(readOut) });
  }
  return sums;

  function firingsOf(node: string): Float64Array | undefined {
    const record = records.find(({ probe }) => probe.kind === 'firings' && probe.node === node);
    return record && Float64Array.from(record.data);
  }

  function find(node: string, weights: Float32Array | undefined): Float64Array {
    const record = records.find(({ probe }) => {
      if (probe.kind !== 'events' || probe.node !== node) return false;
      if (weights === undefined || probe.weights === undefined) return probe.weights === weights;
      return sameNumbers(probe.weights, weights);
    });
    if (record === undefined) {
      const what = weights === undefined ? 'without weights' : 'with its fan-out as weights';
      throw new Error(
        `The records hold no 'events' ${what} of '${node}'; ask the simulation for energyProbes(network).`,
      );
    }
    return Float64Array.from(record.data);
  }
}

/** Sums over steps 1…t for every t, over `divisor`. */
export function cumulative(perStep: Float64Array, divisor: number): Float64Array {
  let sum = 0;
  return perStep.map((value) => {
    sum += value;
    return sum / divisor;
  });
}

export function operationsFrom(sums: ReadonlyMap<string, EventSums>, images: number): SynapticOperations {
  const layers = [...sums].map(([node, { hidden, readOut }]) => ({
    node,
    hidden: cumulative(hidden, images),
    readOut: cumulative(readOut, images),
  }));
  const steps = Math.max(0, ...layers.map(({ hidden }) => hidden.length));
  const total = (part: 'hidden' | 'readOut') =>
    new Float64Array(steps).map((_, t) => layers.reduce((sum, layer) => sum + (layer[part][t] ?? 0), 0));
  return { steps, images, layers, hidden: total('hidden'), readOut: total('readOut') };
}
