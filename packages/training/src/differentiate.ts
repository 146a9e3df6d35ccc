import type { BoundNetwork } from '@rheobase/execution';
import { variableGradients, withinMemory } from '@rheobase/execution';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { keep, mul, tensor, tensor1d, tensor2d, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { disposeStatistics } from './batch-norm-statistics.js';
import type { Forward } from './forward.js';
import type { Loss, LossTarget } from './loss.js';
import type { MicroBatch } from './micro-batch.js';
import type { Teacher } from './teacher.js';
import type { Trainables } from './trainables.js';

/** What training differentiates. */
export interface Objective {
  readonly bound: BoundNetwork;
  readonly trainables: Trainables;
  readonly loss: Loss;
  readonly teacher?: Teacher | undefined;
  readonly forward: Forward;
}

/** What a micro-batch contributes to a step. Its tensors are the caller's to dispose. */
export interface Contribution {
  /** Its loss times its fraction of the batch. */
  readonly loss: number;
  /** Of that loss, by parameter: one for every trainable. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** By batch norm node. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/**
 * The loss of a micro-batch, and its gradients.
 *
 * @throws {BatchTooLargeError} if it does not fit the memory.
 */
export function differentiate(objective: Objective, part: MicroBatch): Contribution {
  const images = part.labels.length;
  return withinMemory(
    images,
    () => images,
    () => contributionOf(objective, part),
  );
}

function contributionOf({ bound, trainables, loss, teacher, forward }: Objective, part: MicroBatch): Contribution {
  const variables = [...trainables.values()].map(({ variable }) => variable);
  const random = xoroshiro128plusFromState(part.randomState);
  const { features = [] } = loss;
  let statistics: ReadonlyMap<string, BatchStatistics> = new Map();
  let value = Number.NaN;
  let gradients: ReadonlyMap<string, Tensor> = new Map();
  const compute = (): void => {
    const images = tensor(part.images, [...part.shape]);
    const labels = tensor1d(part.labels, 'int32');
    const count = part.labels.length;
    const target = {
      labels,
      ...(part.targets && { targets: tensor2d(part.targets, [count, part.targets.length / count]) }),
      ...(teacher && taught(teacher, images, features)),
    };
    const { value: lossValue, grads } = variableGradients(() => {
      const pass = forward.train(bound, images, random, features);
      statistics = pass.statistics;
      const own = loss.evaluate(pass.logits, target, pass.features);
      return part.share === 1 ? own : mul(own, part.share);
    }, variables);
    value = lossValue.dataSync()[0] ?? Number.NaN;
    const own = [...trainables].map(
      ([name, { variable }]) => [name, grads[variable.name] ?? zerosLike(variable)] as const,
    );
    for (const [, gradient] of own) keep(gradient);
    gradients = new Map(own);
  };
  try {
    tidy(compute);
  } catch (error) {
    disposeStatistics(statistics);
    throw error;
  }
  return { loss: value, gradients, statistics };
}

/** What a teacher says of images, of nodes where the loss compares them. */
function taught(
  teacher: Teacher,
  images: Tensor,
  features: readonly string[],
): Pick<LossTarget, 'teacherLogits' | 'teacherFeatures'> {
  if (features.length === 0 || teacher.read === undefined) return { teacherLogits: teacher.logits(images) };
  const { logits, features: values } = teacher.read(images, features);
  return { teacherLogits: logits, teacherFeatures: values };
}
