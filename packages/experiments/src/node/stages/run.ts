import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import type { RunConfiguration } from '../experiment/run-configuration.js';
import type { Metrics } from '../folder/metrics-log.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { RunImages } from './run-images.js';
import type { StartEngine } from '../../spiking-engine.js';
import type { FinishedStage } from './finished-stage.js';

/** How far a run is. */
export interface RunProgress {
  /** What is under way: a stage, or the test of one. */
  readonly task: string;
  readonly done: number;
  readonly total: number;
  /** What is counted: `images`, `sites`. */
  readonly unit: string;
  readonly note: string;
  /** The same and more as numbers, for the run's metrics. */
  readonly metrics?: Metrics;
}

/** What every stage of a run needs. */
export interface StageContext {
  /** T. */
  readonly steps: number;
  readonly seed: number;
  readonly folder: RunFolder;
  readonly images: RunImages;
  readonly kernels: KernelBuild;
  /** What counts the accuracy of spiking networks; tfjs unless given. */
  readonly engine?: StartEngine | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Told of every stage when it is done, or found done in the folder. */
  readonly onStage?: ((stage: FinishedStage) => void) | undefined;
}

/** A run of an experiment. */
export interface Run extends StageContext {
  readonly configuration: RunConfiguration;
  /** Threads that take gradients; the result does not depend on it. */
  readonly threads: number;
  /** Told, in words, of what is out of the ordinary and no error. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}
