import type { ImageBatch, InitialPotentials, Network, Probe, ProbeRecord, Simulator } from '@rheobase/network';
import { choice, integer } from '@rheobase/network';
import { methodWithoutImages } from './define-method.js';
import type { UnansweredRun } from './join-over-time.js';
import { joinOverTime } from './join-over-time.js';
import type { Population } from './neuron-values.js';
import { populationsOf, readOutShapes } from './neuron-values.js';
import type { CountingProbe, Procedure } from './procedure.js';
import { stepsThat } from './steps-in-words.js';
import { spikingOf } from './task-registries.js';

/** The distance from the threshold, in units of θ, at which a potential is placed on either side of it. */
const margin = 1e-3;

/**
 * Offset spikes (COS). Run for ρ steps, a neuron fires N spikes where its charge Q = θ·N + V(ρ) entitles it to n = clip(⌊Q/θ⌋, 0, ρ); the
 * offset ψ = N − n is seen in V(ρ): below 0 it fired too often, from θ on too seldom. Its initial potential is then shifted, on this image,
 * just so far that one spike goes or comes: by −max(θ, m − (1 − ε)·θ) for ψ > 0, m being the least potential it fired at, and by
 * max(θ, (1 + ε)·θ − M) for ψ < 0, where M is the maximum at which it stayed silent; ε = 0.001. From there on the answer counts. Offsets of more
 * than one spike take several rounds of ρ steps, the paper's iteration.
 *
 * The ρ steps are time like any other: T = ρ + t, where the paper's tables count t. `together` shifts all layers after the same ρ steps.
 * `layer-by-layer` is the order of the authors' code: a layer is shifted by the spikes that the shifted layers before it deliver. That takes
 * ρ steps for every layer, because none can start before the previous one has been shifted, and T counts them; only the calibrated layer's own
 * spikes of these are counted as operations.
 */
export const offsetSpikes = methodWithoutImages('quantized', {
  name: 'cos',
  summary: 'ρ steps, then V(0) is shifted by the spikes that were fired too often or too seldom',
  paper: {
    title: 'Bridging the gap between ANNs and SNNs by calibrating offset spikes',
    reference: 'Hao, Ding, Bu, Huang, Yu; ICLR 2023; arXiv 2302.10685',
    url: 'https://arxiv.org/abs/2302.10685',
  },
  options: {
    calibrationSteps: integer('ρ: steps in which offset spikes are looked for', 4, 1, 1000),
    rounds: integer('how often potentials are shifted', 1, 1, 100),
    order: choice(
      'together: all layers after the same ρ steps; layer-by-layer: ρ steps for each layer in turn',
      ['together', 'layer-by-layer'],
      'together',
    ),
  },
  dependsOnSteps: false,
  convert: async (task, { calibrationSteps, rounds, order }) => {
    const spiking = spikingOf(task);
    const populations = populationsOf(spiking);
    const groups = order === 'together' ? [populations] : populations.map((population) => [population]);
    const passes = Array.from({ length: rounds }, () => groups).flat();
    return { network: spiking, procedure: shifting(spiking, populations, passes, calibrationSteps) };
  },
});

function shifting(
  network: Network,
  populations: readonly Population[],
  /** Which populations are shifted after each ρ steps. */
  passes: readonly (readonly Population[])[],
  rho: number,
): Procedure {
  const stepsBefore = rho * passes.length;
  return {
    stepsBefore,
    latency:
      passes.length === 1
        ? `${stepsThat('show', rho)} the offset spikes; then T − ${rho} steps answer`
        : `${passes.length} times, ${stepsThat('show', rho)} the offset spikes; then T − ${stepsBefore} steps answer`,
    simulate: async (simulator, batch, { steps, probes = [] }) => {
      const count = batch.shape[0] ?? 0;
      let starts: InitialPotentials = new Map(
        populations.map(({ node, size, start }) => [
          node,
          Float32Array.from({ length: count * size }, (_, i) => start[i % size] ?? 0),
        ]),
      );
      const before: UnansweredRun[] = [];
      let left = steps;
      for (const shifted of passes) {
        if (left === 0) break;
        const last = populations.findIndex(({ node }) => node === shifted.at(-1)?.node);
        const running = populations.slice(0, last + 1);
        const seen = await observe(simulator, batch, { running, shifted, starts, probes, steps: Math.min(rho, left) });
        before.push(...seen.runs);
        starts = new Map([...starts, ...seen.starts]);
        left -= Math.min(rho, left);
      }
      const answer =
        left === 0 ? undefined : await simulator.simulate(batch, { steps: left, probes, potentials: starts });
      return joinOverTime(probes, before, answer, readOutShapes(network, count));
    },
  };
}

interface Observation {
  /** Those that the shifted ones depend on, and they themselves. */
  readonly running: readonly Population[];
  readonly shifted: readonly Population[];
  readonly starts: InitialPotentials;
  readonly probes: readonly CountingProbe[];
  readonly steps: number;
}

/** Runs single steps, each continuing from the previous one, and returns new starting potentials for the populations to be shifted. */
async function observe(
  simulator: Simulator,
  batch: ImageBatch,
  { running, shifted, starts, probes, steps }: Observation,
): Promise<{ readonly runs: readonly UnansweredRun[]; readonly starts: InitialPotentials }> {
  const own = new Set(shifted.map(({ node }) => node));
  const watched: readonly Probe[] = [
    ...running.map(({ node }): Probe => ({ kind: 'residual-potential', node })),
    ...shifted.map(({ node }): Probe => ({ kind: 'spike-count', node })),
  ];
  const observers = shifted.map((population) => offsetObserver(population, starts.get(population.node)));
  const runs: UnansweredRun[] = [];
  let potentials = starts;
  for (let t = 0; t < steps; t++) {
    const run = await simulator.simulate(batch, { steps: 1, probes: [...probes, ...watched], potentials });
    const residuals = run.records.slice(probes.length, probes.length + running.length);
    const spikes = run.records.slice(probes.length + running.length);
    potentials = new Map([...potentials, ...running.map(({ node }, k) => [node, float32Of(residuals[k])] as const)]);
    observers.forEach((observer, k) => {
      observer.note(potentials.get(observer.node) ?? new Float32Array(), spikes[k]?.data ?? []);
    });
    runs.push({ steps: 1, records: run.records.slice(0, probes.length).map((record) => ownEvents(record, own)) });
  }
  return { runs, starts: new Map(observers.map((observer) => [observer.node, observer.start()])) };
}

/** What was counted at populations that only ran along is not theirs to be counted. */
function ownEvents(record: ProbeRecord, own: ReadonlySet<string>): ProbeRecord {
  return own.has(record.probe.node) ? record : { ...record, data: record.data.map(() => 0) };
}

function float32Of(record: ProbeRecord | undefined): Float32Array {
  return record?.data instanceof Float32Array ? record.data : Float32Array.from(record?.data ?? []);
}

/** Watches a population for offset spikes, neuron by neuron and image by image. */
function offsetObserver(
  { node, size, threshold, start: initial }: Population,
  initialPotentials: Float32Array = new Float32Array(),
) {
  const length = initialPotentials.length;
  const fired = new Float32Array(length);
  const leastFiring = new Float32Array(length).fill(Infinity);
  const greatestSilent = new Float32Array(length).fill(-Infinity);
  let last: Float32Array = initialPotentials;
  let steps = 0;
  return {
    node,
    note(potentials: Float32Array, spikes: ArrayLike<number>): void {
      for (let i = 0; i < length; i++) {
        const after = potentials[i] ?? 0;
        if ((spikes[i] ?? 0) > 0) {
          fired[i] = (fired[i] ?? 0) + 1;
          leastFiring[i] = Math.min(leastFiring[i] ?? 0, after + (threshold[i % size] ?? 0));
        } else {
          greatestSilent[i] = Math.max(greatestSilent[i] ?? 0, after);
        }
      }
      last = potentials;
      steps += 1;
    },
    /** V(0) shifted. */
    start(): Float32Array {
      return initialPotentials.map((from, i) => {
        const theta = threshold[i % size] ?? 1;
        const spikes = fired[i] ?? 0;
        // The charge that it would have had from the network's own V(0).
        const charge = theta * spikes + (last[i] ?? 0) - from + (initial[i % size] ?? 0);
        const entitled = Math.min(Math.max(Math.floor(charge / theta), 0), steps);
        if (spikes > entitled) return from - Math.max(theta, (leastFiring[i] ?? 0) - (1 - margin) * theta);
        if (spikes < entitled) return from + Math.max(theta, (1 + margin) * theta - (greatestSilent[i] ?? 0));
        return from;
      });
    },
  };
}
