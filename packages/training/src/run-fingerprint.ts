import type { BoundNetwork } from '@rheobase/execution';
import type { Fingerprint } from './fingerprint.js';
import { flatten, networkFingerprint } from './fingerprint.js';
import type { FitOptions } from './fit-options.js';
import type { Forward } from './forward.js';
import type { Loss } from './loss.js';
import type { OptimizerDefinition } from './optimizer.js';
import type { Trainables } from './trainables.js';
import type { TrainingSource } from './training-source.js';

/** Points of training at which a schedule, which is a function, is sampled to identify it. */
const points = [0, 0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** What determines a run's outcome, apart from its images. */
export function runFingerprint(
  bound: BoundNetwork,
  { batchesPerEpoch }: TrainingSource,
  trainables: Trainables,
  options: FitOptions & { readonly loss: Loss; readonly forward: Forward; readonly optimizer: OptimizerDefinition },
): Fingerprint {
  const { teacher } = options;
  return flatten({
    network: networkFingerprint(bound.snapshot()),
    teacher:
      teacher === undefined ? 'none' : teacher.network === undefined ? 'given' : networkFingerprint(teacher.network),
    batchesPerEpoch,
    epochs: options.epochs,
    seed: options.seed,
    rates: points.map((point) => options.schedule(point)).join(' '),
    loss: options.loss.description,
    optimizer: options.optimizer.description,
    trains: [...trainables.keys()].join(' '),
    clipNorm: options.clipNorm ?? null,
    // Only where there are any, so that checkpoints from before there were are still of the same run.
    ...(options.gradientScales && { gradientScales: Object.fromEntries(options.gradientScales) }),
    microBatch: options.microBatch ?? null,
    forward: options.forward.description,
    statisticsMomentum: options.statisticsMomentum ?? 0.1,
    averageDecay: options.averageDecay ?? null,
    validates: options.validate !== undefined,
    keep: options.keep ?? 'best',
    // Checkpoints of runs without patience have no such field.
    ...(options.patience !== undefined && { patience: options.patience }),
    configuration: options.configuration ?? {},
  });
}
