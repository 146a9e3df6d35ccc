import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import type { z } from 'zod';
import type { Registries } from '../../registries.js';
import type { EngineName, StartEngine } from '../../spiking-engine.js';
import type { Metrics } from '../folder/metrics-log.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { FinishedStage, StageDetails } from './finished-stage.js';
import type { ScoredSet, SplitImages, Task } from './task.js';

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

/** Tells how far a stage is. */
export type Report = (progress: Omit<RunProgress, 'task'>) => void;

/** A stage by its name, or the best of several by held-out images; the first one if several are equal. */
export type Origin = string | { readonly bestOf: readonly string[] };

/** With what a run is made. Its result depends on the engine and the kernels alone. */
export interface RunMeans {
  /** The folder of the run; a run that was started there is resumed. */
  readonly out: string;
  /** Threads that take gradients, and of the event engine. The result does not depend on it. Default: 1. */
  readonly threads?: number | undefined;
  /** The plain SIMD kernels, which give the same bytes on every engine. */
  readonly deterministic?: boolean | undefined;
  /**
   * Who counts the score of spiking networks; default: `tfjs`. On the event engine, sums in another order may put a neuron that is
   * within rounding of its threshold on the other side, so a run started with one engine is not resumed with the other.
   */
  readonly engine?: EngineName | undefined;
  /** What is looked up by name; default: the built-in entries. */
  readonly registries?: Registries | undefined;
  /** What a smoke run made smaller or left out: it is recorded, and no figure is expected of the run. */
  readonly smoke?: readonly string[] | undefined;
  /** The command line that started the run: stored in the folder, but in no record. */
  readonly command?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told once the folder is this run's, before any stage. */
  readonly onBegin?: (() => void) | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Told of every stage when it is done, or found done in the folder. */
  readonly onStage?: ((stage: FinishedStage) => void) | undefined;
  /** Called with notices about what is unusual but not an error. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** What a stage of a run has at hand. */
export interface StageMeans<Split> extends Pick<RunMeans, 'signal' | 'onNotice' | 'onProgress'> {
  readonly split: Split;
  /** T. */
  readonly steps: number;
  readonly seed: number;
  readonly threads: number;
  readonly kernels: KernelBuild;
  readonly registries: Registries;
  readonly startEngine: StartEngine;
  readonly folder: RunFolder;
  /** A stage that is done. */
  stage(origin: Origin): FinishedStage;
}

/** A stage of a run, as data: its inputs, its settings, and its work. */
export interface Stage<Split> {
  readonly name: string;
  /** All settings that bear on its result. */
  readonly settings: z.core.util.JSONType;
  /** The stages whose networks are its inputs. */
  readonly after: readonly Origin[];
  /**
   * @param checkpoint where it may keep what it needs to resume
   * @throws {StoppedEarly} if the signal stopped it; finished work is kept.
   */
  readonly work: (
    means: StageMeans<Split>,
    report: Report,
    checkpoint: string,
  ) => Promise<Pick<FinishedStage, 'network'> & { readonly details: StageDetails }>;
}

/** The hashes of what a run reads, by purpose. */
export type Hashes = Readonly<Record<string, string>>;

/** A run whose stages are done, and measured on the test images. */
export interface MeasuredRun<Images extends ScoredSet, Split, Figures> extends StageMeans<Split> {
  /** All stages in their order. */
  readonly stages: readonly FinishedStage[];
  /** On the test images, by stage. */
  readonly figures: ReadonlyMap<string, Figures>;
  /** The test images, for what a plan measures by itself. */
  test(): Promise<{ readonly images: Images; readonly sha256: string }>;
  readonly hashes: Hashes;
  readonly smoke: readonly string[] | undefined;
}

/**
 * A run as data: its task, its stages and what comes of them. The runner does the rest, which is the same for every plan.
 */
export interface Plan<Images extends ScoredSet, Split extends SplitImages<Images>, Figures, Result extends object> {
  /** In a line. */
  readonly title: string;
  readonly task: Task<Images, Split, Figures>;
  /** T of the spiking stages. */
  readonly steps: number;
  readonly seed: number;
  /** Everything that determines the result, except the engine. */
  readonly identity: (hashes: Hashes, kernels: KernelBuild) => object;
  /** Further contents of the configuration. */
  readonly description: object;
  /** Of the files that the run starts from. */
  readonly hashes?: Hashes;
  /** Notices shown once the run starts. */
  readonly notices?: readonly string[];
  /** Called before any stage: refuses what does not fit the images, and reads the inputs of stages. */
  readonly begin?: (means: StageMeans<Split>) => Promise<void>;
  /** What marks the records of all stages, in addition to their settings. */
  readonly origin?: Readonly<Record<string, z.core.util.JSONType>>;
  readonly stages: readonly Stage<Split>[];
  /** Networks that are left under further names. */
  readonly networks: Readonly<Record<string, Origin>>;
  /** Stages that are measured on the test images. */
  readonly measured: readonly string[];
  /** The stage of the analog network that spiking ones are converted from, if figures need it. */
  readonly source?: string;
  readonly result: (run: MeasuredRun<Images, Split, Figures>) => Promise<Result>;
}
