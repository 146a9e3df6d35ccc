import {
  energyOf,
  type EnergyReport,
  type FiringSummary,
  firingStatistics,
  macsOf,
  operationsAt,
} from '@rheobase/analysis';
import type { Counting } from './counting.js';
import type { BoundNetwork } from '@rheobase/execution';
import { countCorrect } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { batchesOf, type Images, onTensor } from './image-batches.js';
import { millions, percent, table } from './table.js';

/** What a spiking network did over T steps on some images. */
export interface SpikingAccuracy {
  readonly steps: number;
  readonly images: number;
  /** Images classified as labelled after step t, at index t − 1. */
  readonly correctAt: readonly number[];
  readonly firing: FiringSummary;
  readonly imagesPerSecond: number;
}

/** Simulates images; one run gives the result after every t ≤ T. */
export async function spikingAccuracy(
  bound: BoundNetwork,
  given: Images,
  steps: number,
  onBatch: (images: number, note: string) => void,
): Promise<SpikingAccuracy> {
  const start = performance.now();
  const statistics = firingStatistics(bound.network);
  const correctAt = Array.from({ length: steps }, () => 0);
  let seen = 0;
  for await (const batch of batchesOf(given)) {
    const result = onTensor(batch, (input) => bound.simulate(input, { steps, probes: statistics.probes }));
    const [readOut] = result.outputs.values();
    if (readOut === undefined) throw new Error('The network has no output to read a class from.');
    const size = readOut.data.length / steps;
    for (let t = 0; t < steps; t++) {
      correctAt[t] = (correctAt[t] ?? 0) + countCorrect(readOut.data.subarray(t * size, (t + 1) * size), batch.labels);
    }
    seen += batch.labels.length;
    statistics.add(result, batch.labels.length);
    onBatch(seen, `${((100 * (correctAt.at(-1) ?? 0)) / seen).toFixed(1)} %`);
  }
  return {
    steps,
    images: seen,
    correctAt,
    firing: statistics.summary(),
    imagesPerSecond: (1000 * seen) / (performance.now() - start),
  };
}

/** The figures of a simulation, as they are printed and written. Fractions are 0…1; records are keyed by t. */
export interface SpikingSummary {
  readonly steps: number;
  readonly images: number;
  readonly accuracy: number;
  readonly accuracyAt: Readonly<Record<string, number>>;
  /** Synaptic operations of an image, those into the read-out included. */
  readonly sopsPerImage: number;
  readonly sopsPerImageAt: Readonly<Record<string, number>>;
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
  { steps, images, correctAt, firing, imagesPerSecond }: SpikingAccuracy,
  counting: Counting = {},
): SpikingSummary {
  const perStep = (value: (t: number) => number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: steps }, (_, i) => [String(i + 1), value(i + 1)]));
  const energyAt = (t: number): EnergyReport =>
    energyOf({ ...counting, network, steps: t, sopsPerImage: operationsAt(firing.operations, t) });
  const sopsAt = (t: number): number => {
    const { hidden, readOut } = operationsAt(firing.operations, t);
    return hidden + readOut;
  };
  const accuracyAt = (t: number): number => (correctAt[t - 1] ?? 0) / images;
  const energy = energyAt(steps);
  const macs = macsOf(network);
  return {
    steps,
    images,
    accuracy: accuracyAt(steps),
    accuracyAt: perStep(accuracyAt),
    sopsPerImage: sopsAt(steps),
    sopsPerImageAt: perStep(sopsAt),
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

/** Powers of two up to T, and T. */
function stepsToShow(steps: number): readonly number[] {
  const shown: number[] = [];
  for (let t = 1; t < steps; t *= 2) shown.push(t);
  return [...shown, steps];
}

/** One line of the table of accuracy and cost against time steps. */
export interface SpikingRow {
  readonly steps: number;
  readonly accuracy: number;
  /** Its figures in words. */
  readonly cells: {
    readonly accuracy: string;
    /** Percentage points to the source network; absent where that was not run. */
    readonly difference: string | undefined;
    readonly firingRate: string;
    readonly sops: string;
    readonly energy: string;
  };
}

/** The lines of the table, at powers of two up to T and at T. */
export function spikingRows(summary: SpikingSummary, annAccuracy: number | undefined): readonly SpikingRow[] {
  const at = (values: Readonly<Record<string, number>>, t: number): number => values[String(t)] ?? Number.NaN;
  return stepsToShow(summary.steps).map((steps) => {
    const accuracy = at(summary.accuracyAt, steps);
    return {
      steps,
      accuracy,
      cells: {
        accuracy: percent(accuracy),
        difference: annAccuracy === undefined ? undefined : (100 * (accuracy - annAccuracy)).toFixed(2),
        firingRate: at(summary.firingRateAt, steps).toFixed(3),
        sops: millions(at(summary.sopsPerImageAt, steps)),
        energy: at(summary.energyRatioAt, steps).toFixed(3),
      },
    };
  });
}

/** The table of accuracy and cost against time steps, and the conventions it was counted by. */
export function describeSpiking(summary: SpikingSummary, annAccuracy: number | undefined): string {
  const rows = spikingRows(summary, annAccuracy).map(({ steps, cells }) => [
    String(steps),
    cells.accuracy,
    ...(cells.difference === undefined ? [] : [cells.difference]),
    cells.firingRate,
    cells.sops,
    cells.energy,
  ]);
  const head = [
    'T',
    'accuracy',
    ...(annAccuracy === undefined ? [] : ['to ANN']),
    'firing rate',
    'SOPs/image',
    'energy/ANN',
  ];
  const { model, boundary } = summary.energy;
  return [
    table([head, ...rows]),
    '',
    `${summary.images} images; the source network needs ${millions(summary.macsPerImage)} MACs an image ` +
      `(${millions(summary.denseMacsPerImage)} with padding)` +
      `${annAccuracy === undefined ? '' : ` and gets ${percent(annAccuracy)}`}.`,
    `Energy: ${model.accumulate} pJ an accumulate, ${model.multiplyAccumulate} pJ a multiply-accumulate (${model.name}); ` +
      `first layer as MACs ${boundary.firstLayer}, read-out ${boundary.readOut}.`,
  ].join('\n');
}
