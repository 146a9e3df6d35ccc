import { cpus } from 'node:os';
import type { MethodNeeds, Paper } from '@rheobase/methods';
import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import type { ComparisonUnit, UnitFigures } from './comparison-unit.js';
import type { ComparisonExperiment } from '../experiment/experiment-schema.js';
import { type ComparedPublication, compare, compareSmoke } from '../expected/publications.js';
import { type Versions, versions } from '../folder/record.js';

/** A method at one T with one seed. Fractions are 0…1. */
export interface ComparisonRow {
  readonly method: string;
  /** T: total latency. */
  readonly steps: number;
  readonly seed: number;
  /** On the test images; null where the method has no answer yet. */
  readonly accuracy: number | null;
  /** Spikes of a neuron and step, over all T steps. */
  readonly firingRate: number;
  /** Synaptic operations of an image over all T steps, those into the read-out included. */
  readonly sopsPerImage: number;
  /** Energy over that of the source network. */
  readonly energyRatio: number;
}

/** Mean and standard deviation over the seeds (n − 1); 0 where there is one seed, or no seed in it. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** A method at one T over all seeds. */
export interface ComparisonCell {
  readonly method: string;
  readonly steps: number;
  readonly accuracy: Spread | null;
  readonly firingRate: Spread;
  readonly sopsPerImage: Spread;
  readonly energyRatio: Spread;
}

/** A method of the table. */
export interface ComparedMethod {
  readonly name: string;
  readonly method: string;
  readonly options: ComparisonUnit['options'];
  readonly paper: Paper;
  readonly needs: MethodNeeds;
  /** What T counts. */
  readonly latency: string;
  /** Steps of T before there is an answer. */
  readonly stepsBefore: number;
  /** What a spike is in its networks, by the definitions of their neurons. */
  readonly spikes?: UnitFigures['spikes'];
  readonly engine: UnitFigures['engine'];
  /** False where nothing about it is drawn: the same network and figures for every seed. It is measured once. */
  readonly seeded: boolean;
  /** Wall time and time of all cores, for all its T and seeds. */
  readonly conversion: UnitFigures['conversion'];
  readonly test: UnitFigures['test'];
}

/** What a comparison came to. */
export interface ComparisonResult {
  readonly experiment: { readonly paper: string; readonly table: string };
  readonly model: string;
  readonly dataset: string;
  readonly normalization: string;
  /** T of the table. */
  readonly steps: readonly number[];
  readonly seeds: readonly number[];
  /** What a seed changes, in words. */
  readonly seedsDraw: string;
  /** Test images. */
  readonly images: number;
  /** Accuracy of the source network on them, 0…1. */
  readonly ann: number;
  /** Of the quantized network, and its L. */
  readonly quantized: { readonly accuracy: number; readonly levels: number };
  readonly methods: readonly ComparedMethod[];
  readonly rows: readonly ComparisonRow[];
  readonly table: readonly ComparisonCell[];
  readonly published: readonly ComparedPublication[];
  readonly reason?: string;
  readonly seconds: Readonly<Record<string, number>>;
  readonly smoke?: readonly string[];
  readonly sha256: Readonly<Record<string, string>>;
  readonly kernels: KernelBuild;
  readonly versions: Versions;
  readonly processor: string;
}

/** A unit that was measured. */
export interface MeasuredUnit {
  readonly unit: ComparisonUnit;
  readonly figures: UnitFigures;
}

/** The results of the run apart from the measurements of methods. */
export interface ComparisonSurroundings
  extends Pick<
    ComparisonResult,
    'normalization' | 'images' | 'ann' | 'quantized' | 'seconds' | 'sha256' | 'kernels' | 'smoke'
  > {
  readonly experiment: ComparisonExperiment;
}

/** Puts together what a comparison found. */
export async function comparisonResult(
  { experiment, smoke, ...given }: ComparisonSurroundings,
  measured: readonly MeasuredUnit[],
): Promise<ComparisonResult> {
  const { paper, table, network, data, steps, seeds, reason, published } = experiment;
  const rows = measured.flatMap(({ unit, figures }) => rowsOf(unit, figures, seeds));
  const cells = cellsOf(rows);
  return {
    experiment: { paper: paper.title, table },
    model: network.model,
    dataset: data.dataset,
    ...given,
    steps,
    seeds,
    seedsDraw: 'the calibration and held-out images, and their order',
    methods: methodsOf(measured),
    rows,
    table: cells,
    published: cells.flatMap(({ method, steps: T, accuracy }) => {
      if (accuracy === null) return [];
      const own = published?.filter((publication) => publication.method === method);
      return smoke === undefined ? compare(own, T, accuracy.mean) : compareSmoke(own, T);
    }),
    ...(reason !== undefined && { reason }),
    ...(smoke !== undefined && { smoke }),
    versions: await versions(),
    processor: cpus()[0]?.model ?? 'unknown',
  };
}

/** Whether anything about a unit's method depends on the seed. */
export function isSeeded({ method }: Pick<ComparisonUnit, 'method'>): boolean {
  return method.needs.images !== 'none';
}

function rowsOf(unit: ComparisonUnit, figures: UnitFigures, seeds: readonly number[]): readonly ComparisonRow[] {
  return (isSeeded(unit) ? [unit.seed] : seeds).flatMap((seed) =>
    unit.steps.map((steps) => {
      const at = (record: Readonly<Record<string, number>>): number => record[String(steps)] ?? Number.NaN;
      return {
        method: unit.name,
        steps,
        seed,
        accuracy: figures.accuracyAt[String(steps)] ?? null,
        firingRate: at(figures.firingRateAt),
        sopsPerImage: at(figures.sopsPerImageAt),
        energyRatio: at(figures.energyRatioAt),
      };
    }),
  );
}

function cellsOf(rows: readonly ComparisonRow[]): readonly ComparisonCell[] {
  const groups = new Map<string, ComparisonRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.method, row.steps]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const spread = (what: (row: ComparisonRow) => number): Spread => spreadOf(group.map(what));
    const answered = group.every(({ accuracy }) => accuracy !== null);
    return [
      {
        method: first.method,
        steps: first.steps,
        accuracy: answered ? spread(({ accuracy }) => accuracy ?? Number.NaN) : null,
        firingRate: spread(({ firingRate }) => firingRate),
        sopsPerImage: spread(({ sopsPerImage }) => sopsPerImage),
        energyRatio: spread(({ energyRatio }) => energyRatio),
      },
    ];
  });
}

/** Mean and standard deviation of a sample. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, deviation: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

function methodsOf(measured: readonly MeasuredUnit[]): readonly ComparedMethod[] {
  const names = [...new Set(measured.map(({ unit }) => unit.name))];
  return names.flatMap((name) => {
    const own = measured.filter(({ unit }) => unit.name === name);
    const [first] = own;
    if (first === undefined) return [];
    const { unit, figures } = first;
    const total = (what: 'conversion' | 'test'): UnitFigures['test'] => ({
      seconds: own.reduce((sum, { figures: { [what]: time } }) => sum + time.seconds, 0),
      cpuSeconds: own.reduce((sum, { figures: { [what]: time } }) => sum + time.cpuSeconds, 0),
    });
    return [
      {
        name,
        method: unit.method.name,
        options: unit.options,
        paper: unit.method.paper,
        needs: unit.method.needs,
        latency: figures.latency,
        stepsBefore: figures.stepsBefore,
        ...(figures.spikes !== undefined && { spikes: figures.spikes }),
        engine: figures.engine,
        seeded: isSeeded(unit),
        conversion: total('conversion'),
        test: total('test'),
      },
    ];
  });
}
