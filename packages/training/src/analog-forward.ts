import type { BoundNetwork } from '@rheobase/execution';
import { disposeResult, usingResult } from '@rheobase/execution';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone, dispose } from '@tensorflow/tfjs-core';
import type { Forward } from './forward.js';
import { onlyLogits } from './only-logits.js';

/** Which statistics batch norms use in training: the batch's own, or the running ones, which then stay as they are. */
export type BatchNormMode = 'batch' | 'running';

export interface AnalogForwardOptions {
  /** `running` freezes batch norms' statistics: training then normalizes as inference does; default: `batch`. */
  readonly batchNorms?: BatchNormMode;
}

/** The forward pass of an analog network. Activations that are noisy in training draw from the pass's random numbers. */
export function analogForward({ batchNorms = 'batch' }: AnalogForwardOptions = {}): Forward {
  return {
    description: { kind: 'analog', batchNorms },
    train: (bound, images, random, record = []) => {
      const result = bound.run(images, { mode: { kind: 'training', random, batchNorms }, record });
      try {
        // What a run gives outlives the caller's tidy; a clone does not, and carries the gradient.
        const logits = clone(onlyLogits(result.outputs));
        const features = new Map([...result.recorded].map(([node, value]) => [node, clone(value)]));
        dispose([...result.outputs.values(), ...result.recorded.values()]);
        return { logits, features, statistics: result.statistics };
      } catch (error) {
        disposeResult(result);
        throw error;
      }
    },
    infer: analogLogits,
  };
}

/** Logits `[N, K]` of an analog network in inference; the caller's to dispose. */
export function analogLogits(bound: BoundNetwork, images: Tensor): ReturnType<typeof onlyLogits> {
  return usingResult(bound.run(images), ({ outputs }) => clone(onlyLogits(outputs)));
}
