import type { Network } from '@rheobase/network';
import type { LayerShares } from './layer-shares.js';
import type { StepMessage } from './training-turns.js';
import type { TrainingBatch } from './training-task.js';

/**
 * Who trains: `rheobase`, a spiking network over time by the kernels that skip zeros; `dense`, the same by the dense kernels alone; `analog`, the
 * source network, once; `pytorch`, the same spiking network in PyTorch.
 */
export const spikingTrainers = ['rheobase', 'dense', 'analog'] as const;
export type SpikingTrainer = (typeof spikingTrainers)[number];

/** What is trained, and how. */
export interface SpikingTrainingTask {
  readonly spiking: Network;
  /** The network that it was made of, batch norms and all. */
  readonly source: Network;
  /** Images and labels of a step. */
  readonly batch: TrainingBatch;
  /** T. */
  readonly steps: number;
  readonly surrogate: string;
  readonly threads: number;
  /** Files of the plugins that names in the networks may come from. */
  readonly plugins: readonly string[];
}

/** What a contender's process is sent: its task, then whenever it is to take a step, or to tell what its layers see. */
export type SpikingTrainerMessage = (SpikingTrainingTask & { readonly trainer: SpikingTrainer }) | 'step' | 'shares';

/** Its answers. */
export type SpikingTrainerAnswer = 'ready' | StepMessage | readonly LayerShares[];
