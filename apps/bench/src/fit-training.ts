import { bind, type ModelRegistries } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { constantRate, fit, sgd } from '@rheobase/training';
import type { TrainingStep } from './training-task.js';
import { learningRate, momentum } from './training-task.js';

/** A training step by `fit`, with whichever gradients and kernels have been registered. */
export function fitTraining(network: Network, registries: Partial<ModelRegistries>): TrainingStep {
  const bound = bind(network, registries);
  return async (batch) => {
    const source = {
      batchesPerEpoch: 1,
      async *epoch() {
        yield batch;
      },
    };
    await fit(bound, source, {
      epochs: 1,
      schedule: constantRate(learningRate),
      optimizer: sgd({ momentum }),
      seed: 0,
    });
  };
}
