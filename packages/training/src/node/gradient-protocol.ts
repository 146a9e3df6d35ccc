import type { Activation } from '@rheobase/activations';
import type { Network } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';
import type { Description } from '../description.js';
import type { MicroBatch } from '../micro-batch.js';

/** A module with models of its own. */
export interface ModelModule {
  readonly default: { readonly neurons?: readonly Neuron[]; readonly activations?: readonly Activation[] };
}

/** What a thread is started with. */
export interface GradientThreadStart {
  readonly network: Network;
  /** URLs of ES modules with the models that networks name besides the built-in ones. */
  readonly modules: readonly string[];
  readonly trainables: readonly string[];
  readonly loss: Description;
  readonly teacher: Network | undefined;
  readonly forward: Description;
  /** Whether the plain build of the kernels is in use. */
  readonly deterministic: boolean;
  /** Whether convolutions may use Winograd's algorithm. */
  readonly winograd: boolean;
  /** Whether the kernels that skip zeros are in use. */
  readonly sparseConvolutions: boolean;
  /** The parameters' values, shared. */
  readonly parameters: Float32Array<SharedArrayBuffer>;
}

/** Asks a thread for the gradients of a micro-batch. */
export interface GradientTask {
  /** The parameters have changed where this is another number than last time. */
  readonly step: number;
  readonly part: MicroBatch;
  /** Where the results go, shared. */
  readonly results: Float32Array<SharedArrayBuffer>;
}

/** What a thread says: first that it is ready, then an answer to each task; or what went wrong. */
export type GradientReply =
  | { readonly kind: 'ready' }
  /** `counts`: by batch norm node, over how many values its statistics are. */
  | { readonly kind: 'done'; readonly loss: number; readonly counts: ReadonlyMap<string, number> }
  | { readonly kind: 'failed'; readonly message: string };
