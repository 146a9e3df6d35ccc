import { bind, liveParameter, type ModelRegistries } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { add, cast, keep, losses, mul, oneHot, sub, tensor1d, tensor4d, tidy, train } from '@tensorflow/tfjs-core';
import type { OwnStatistics } from './stock-network.js';
import { runStock } from './stock-network.js';
import type { TrainingStep } from './training-task.js';
import { learningRate, momentum } from './training-task.js';

/** Share of a batch's statistics in the running ones. */
const statisticsMomentum = 0.1;

/**
 * A training step as a program written for tfjs takes it: by tfjs' operations, gradients, loss and optimizer, which must have
 * been registered. The network is bound for its variables alone.
 */
export function stockTraining(network: Network, registries: Partial<ModelRegistries>): TrainingStep {
  const { live } = bind(network, registries);
  const variables = [...live]
    .filter(([name]) => network.parameters.get(name)?.role !== 'statistic')
    .map(([, variable]) => variable);
  const optimizer = train.momentum(learningRate, momentum);
  const follow = (parameter: string, value: Tensor): void => {
    const running = liveParameter(live, parameter);
    running.assign(add(running, mul(sub(value, running), statisticsMomentum)));
    value.dispose();
  };
  return async ({ images, shape, labels, classes }) => {
    tidy(() => {
      const batch = tensor4d(images, [...shape]);
      const target = cast(oneHot(tensor1d(labels, 'int32'), classes), 'float32');
      const kept = new Map<string, OwnStatistics>();
      optimizer.minimize(
        () => {
          const { logits, statistics } = runStock(network, live, batch);
          for (const [name, { mean, variance }] of statistics) {
            kept.set(name, { mean: keep(mean), variance: keep(variance) });
          }
          return losses.softmaxCrossEntropy(target, logits) as Scalar;
        },
        false,
        variables,
      );
      for (const node of network.nodes) {
        const own = kept.get(node.name);
        if (node.op !== 'batchNorm' || own === undefined) continue;
        follow(node.mean, own.mean);
        follow(node.variance, own.variance);
      }
    });
  };
}
