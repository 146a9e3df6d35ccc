import type { DrawnLedger } from './ledger-picture.js';
import type { DrawnRaster } from './raster-picture.js';

/** A network or method after T steps. Fractions are 0…1. */
export interface CurvePoint {
  readonly steps: number;
  /** What the run's task is judged by: accuracy of a classifier, mean AP@0.5 of a detector. */
  readonly score: number;
  /** Standard deviation over seeds; 0 for one. */
  readonly deviation: number;
  readonly firingRate: number;
  readonly sopsPerImage: number;
  /** Energy over that of the source network. */
  readonly energyRatio: number;
  /** Of a detector: ‖spiking − source‖/‖source‖ over its maps, where it was measured. */
  readonly distance?: number | undefined;
}

/** A stage of the two-stage method, or one method of several. */
export interface Curve {
  /** As its run's files have it. */
  readonly name: string;
  /** As pictures and tables have it. */
  readonly label: string;
  /** Score on held-out images, 0…1, where the result has it. */
  readonly heldOut?: number | undefined;
  /** What a spike is: `binary`, `signed`, `several values`; where the result has it. */
  readonly spikes?: string | undefined;
  /** By rising T. */
  readonly points: readonly CurvePoint[];
}

/** Firing rates by layer, of what has a curve too. */
export interface FiringRates {
  readonly label: string;
  readonly rates: Readonly<Record<string, number>>;
}

/** A published figure compared with one of the run's, with the verdict. */
export interface ReportedFigure {
  /** Whose it is: a stage of the run's own paper, or another method. */
  readonly of: string;
  readonly source: string;
  /** 0…1 */
  readonly accuracy: number;
  readonly measured?: number | undefined;
  readonly difference?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly verdict:
    | { readonly kind: 'reproduced' }
    | { readonly kind: 'short'; readonly by: number }
    | { readonly kind: 'not comparable'; readonly reason: string };
}

interface AnyRun {
  /** Of its folder. */
  readonly name: string;
  readonly paper: string;
  readonly table: string;
  readonly model: string;
  readonly dataset: string;
  /** Every T that the run was made for. */
  readonly steps: readonly number[];
  readonly levels?: number | undefined;
  readonly seeds: readonly number[];
  /** Test images. */
  readonly images: number;
  /** The command that made it, where it was another than `reproduce`: it is of no paper then. */
  readonly by?: string | undefined;
  /** Score of the source network, where the run has one, and of the quantized one, 0…1. */
  readonly ann?: number | undefined;
  readonly quantized?: number | undefined;
  /** The same of both on held-out images, where the result has them. */
  readonly annHeldOut?: number | undefined;
  readonly quantizedHeldOut?: number | undefined;
  readonly curves: readonly Curve[];
  /** Name of the curve that the run ends with, chosen on held-out images; a comparison has none. */
  readonly best?: string | undefined;
  readonly firing: readonly FiringRates[];
  readonly figures: readonly ReportedFigure[];
  /** Why nothing is expected, where nothing is. */
  readonly reason?: string | undefined;
  /** What a smoke run left out. */
  readonly smoke: readonly string[];
  /** Seconds by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  /** When its first process started, in ISO 8601. */
  readonly started?: string | undefined;
  /** The command that started it, without the folders of the machine. */
  readonly command?: string | undefined;
  /** The settings that determine its result, by field. */
  readonly settings: Readonly<Record<string, string>>;
  /** Hashes, versions, kernels, processor: what identifies the run, by name. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** A run on a network that classifies, by one method or comparing several. */
export interface ClassifierRun extends AnyRun {
  readonly task: 'classification';
  readonly normalization: string;
  readonly ledger?: ReportedLedger | undefined;
  readonly raster?: DrawnRaster | undefined;
}

/** A run on a detector. */
export interface DetectorRun extends AnyRun {
  readonly task: 'detection';
  /** Of mean AP. */
  readonly protocol: string;
}

/** A run as a report shows it, whatever its task and method. */
export type ReportedRun = ClassifierRun | DetectorRun;

/** Where a run's errors arise, or why that is unknown. */
export type ReportedLedger = { readonly images: number; readonly split: string; readonly steps: number } & (
  | { readonly stages: readonly DrawnLedger[] }
  | { readonly refused: string }
);
