import type { FuzzLimits } from './limits.js';

/** What a worker is asked. */
export type FuzzTask =
  /** Inputs that are generated: those of a seed, from one index on. */
  | {
      readonly kind: 'generated';
      readonly target: string;
      readonly seed: number;
      readonly from: number;
      readonly count: number;
    }
  /** One input that is given. */
  | { readonly kind: 'given'; readonly target: string; readonly input: Uint8Array };

/** What it answers; `done` ends a task. */
export type FuzzReply =
  | { readonly kind: 'failure'; readonly index: number; readonly reason: string }
  | { readonly kind: 'done' };

export interface FuzzWorkerStart {
  /** One 32-bit number: the index of the input under way, −1 between tasks. */
  readonly progress: SharedArrayBuffer;
  /** URL of a module with `openTarget`. */
  readonly targets: string;
  readonly limits: FuzzLimits;
  /** A folder of the worker's own. */
  readonly folder: string;
}
