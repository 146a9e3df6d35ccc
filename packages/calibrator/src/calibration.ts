import type { ModelRegistries } from '@rheobase/execution';
import type { ImageBatch, Network } from '@rheobase/network';
import type { CalibrationStore } from './calibration-store.js';
import type { SiteReport } from './site-report.js';

/** What is to be calibrated, and by what. */
export interface CalibrationTask {
  /** The network of stage I, or any analog one with the same sites: its activations are what the neurons should say. */
  readonly quantized: Network;
  /** Its conversion: a neuron of the same name at each of its activation sites, batch norms folded. */
  readonly spiking: Network;
  /** T. */
  readonly steps: number;
  /** 1,024 training images in the paper. */
  readonly calibration: ImageBatch;
  /** Other images, to stop and to choose by; 256 in the paper. */
  readonly heldOut: ImageBatch;
}

export interface CalibrationOptions {
  /** Settles everything random. */
  readonly seed: number;
  /** Maximum number of images to run at a time, a bound on memory; default: as many as suit the processor's cache. */
  readonly batchSize?: number;
  readonly onProgress?: (progress: CalibrationProgress) => void;
  /** Stops calibration after the current epoch; finished sites are kept. */
  readonly signal?: AbortSignal;
  /** Saves the network after every finished site; a run that finds one there resumes from it. */
  readonly store?: CalibrationStore;
  /** Models from outside, in addition to the built-in ones. */
  readonly registries?: Partial<ModelRegistries>;
}

/** The progress of a calibration: after every epoch of a site, and when a site starts and ends. */
export interface CalibrationProgress {
  readonly site: string;
  /** Place of the site among all, from 0. */
  readonly index: number;
  readonly sites: number;
  /** Epochs done at this site; 0 when it starts. */
  readonly epoch: number;
  /** Of the epoch, where the method has epochs. */
  readonly loss?: number;
  readonly heldOutLoss?: number;
  /** Memory held for recorded values, in bytes. */
  readonly cachedBytes: number;
  /** When the site is done. */
  readonly report?: SiteReport;
}

/** What came of a calibration. */
export interface Calibration {
  /** The spiking network with the sites that are done calibrated. */
  readonly network: Network;
  /** Of the sites that are done, in network order. */
  readonly sites: readonly SiteReport[];
  /** False where the signal stopped it. */
  readonly completed: boolean;
}
