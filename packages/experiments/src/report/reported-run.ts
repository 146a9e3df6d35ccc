import type { DrawnLedger } from './ledger-picture.js';
import type { DrawnRaster } from './raster-picture.js';

/** A network or method after T steps. Fractions are 0…1. */
export interface CurvePoint {
  readonly steps: number;
  readonly accuracy: number;
  /** Standard deviation over seeds; 0 for one. */
  readonly deviation: number;
  readonly firingRate: number;
  readonly sopsPerImage: number;
  /** Energy over that of the source network. */
  readonly energyRatio: number;
}

/** A stage of the two-stage method, or one method of several. */
export interface Curve {
  readonly name: string;
  /** By rising T. */
  readonly points: readonly CurvePoint[];
}

/** A published figure beside one of the run's, and what comes of it. */
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

/** A run as a report shows it, whatever its method. */
export interface ReportedRun {
  /** Of its folder. */
  readonly name: string;
  readonly paper: string;
  readonly table: string;
  readonly model: string;
  readonly dataset: string;
  readonly normalization: string;
  /** Every T that the run was made for. */
  readonly steps: readonly number[];
  readonly levels?: number | undefined;
  readonly seeds: readonly number[];
  /** Test images. */
  readonly images: number;
  /** Accuracy of the source network, and of the quantized one, 0…1. */
  readonly ann: number;
  readonly quantized?: number | undefined;
  readonly curves: readonly Curve[];
  /** Name of the curve that the run ends with; of a comparison there is none. */
  readonly best?: string | undefined;
  /** Firing rates by curve and layer. */
  readonly firing: readonly { readonly name: string; readonly rates: Readonly<Record<string, number>> }[];
  readonly figures: readonly ReportedFigure[];
  /** Why nothing is expected, where nothing is. */
  readonly reason?: string | undefined;
  /** What a smoke run left out. */
  readonly smoke: readonly string[];
  /** Seconds by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly ledger?: ReportedLedger | undefined;
  readonly raster?: DrawnRaster | undefined;
  /** Hashes, versions, kernels, processor: what it takes to find the run again, by name. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Where a run's errors arise, or why there is no telling. */
export type ReportedLedger = { readonly images: number; readonly split: string; readonly steps: number } & (
  | { readonly stages: readonly DrawnLedger[] }
  | { readonly refused: string }
);
