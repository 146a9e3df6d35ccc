import type { BoundNetwork, RunResult } from '@rheobase/execution';
import { disposeResult, liveParameter } from '@rheobase/execution';
import { NetworkError } from '@rheobase/network';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { add, mul, tensor, tensor1d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { ClassificationLoss } from './loss.js';
import { crossEntropy } from './loss.js';
import type { Schedule } from './schedule.js';
import type { SgdOptions, Trainable } from './sgd.js';
import { sgd } from './sgd.js';

/** Images with their labels, as `batches` of \@rheobase/datasets gives them. */
export interface LabelledBatch {
  /** NHWC, normalised. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
  /** `[N]` */
  readonly labels: Int32Array;
}

/** Where training images come from: the batches of each epoch, in that epoch's own order. */
export interface TrainingSource {
  readonly batchesPerEpoch: number;
  epoch(epoch: number): AsyncIterable<LabelledBatch>;
}

/** How far training is, after each batch. */
export interface TrainingProgress {
  /** From 0. */
  readonly epoch: number;
  /** Batches done, over all epochs. */
  readonly batch: number;
  readonly batches: number;
  /** Loss of this batch. */
  readonly loss: number;
  readonly rate: number;
}

export interface FitOptions {
  readonly epochs: number;
  /** Learning rate over the whole of training. */
  readonly schedule: Schedule;
  readonly loss?: ClassificationLoss;
  readonly optimizer?: SgdOptions;
  /** Share of each batch's statistics in the running ones of batch norms; 0.1 unless given. */
  readonly statisticsMomentum?: number;
  /** Settles what is random in training besides the order of images: the noise of activations. */
  readonly seed: number;
  readonly onBatch?: (progress: TrainingProgress) => void;
}

/**
 * Trains a bound analog network to classify, by stochastic gradient descent on its live parameters: the network is bound before
 * and holds the trained parameters after (`bound.snapshot()`).
 *
 * `registerTrainingKernels()` of \@rheobase/tfjs-wasm-training must have been called.
 *
 * @throws if the loss is no longer finite, naming the batch: the learning rate is too high then, or the input is.
 */
export async function fit(bound: BoundNetwork, source: TrainingSource, options: FitOptions): Promise<void> {
  const { epochs, schedule, loss = crossEntropy(), statisticsMomentum = 0.1, seed, onBatch } = options;
  const trainables = trainablesOf(bound);
  const optimizer = sgd(trainables, options.optimizer);
  const random = xoroshiro128plus(seed);
  const batches = epochs * source.batchesPerEpoch;
  let batch = 0;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      for await (const images of source.epoch(epoch)) {
        const rate = schedule(batch / batches);
        const value = trainBatch(bound, trainables, images, loss, random, statisticsMomentum, (gradients) =>
          optimizer.step(gradients, rate),
        );
        batch++;
        if (!Number.isFinite(value)) {
          throw new Error(
            `The loss is ${value} at batch ${batch} of epoch ${epoch}. Lower the learning rate (${rate}), or look for inputs that are not finite.`,
          );
        }
        onBatch?.({ epoch, batch, batches, loss: value, rate });
      }
    }
  } finally {
    optimizer.dispose();
  }
}

function trainablesOf({ network, live }: BoundNetwork): ReadonlyMap<string, Trainable> {
  const trainables = new Map<string, Trainable>();
  for (const [name, { role }] of network.parameters) {
    if (role !== 'statistic') trainables.set(name, { variable: liveParameter(live, name), role });
  }
  return trainables;
}

function trainBatch(
  bound: BoundNetwork,
  trainables: ReadonlyMap<string, Trainable>,
  batch: LabelledBatch,
  loss: ClassificationLoss,
  random: RandomGenerator,
  statisticsMomentum: number,
  step: (gradients: ReadonlyMap<string, Tensor>) => void,
): number {
  const names = new Map<string, string>([...trainables].map(([name, { variable }]) => [variable.name, name]));
  let result: RunResult | undefined;
  let value = Number.NaN;
  tidy(() => {
    const images = tensor(batch.images, [...batch.shape]);
    const labels = tensor1d(batch.labels, 'int32');
    const { value: lossValue, grads } = variableGrads(
      () => {
        result = bound.run(images, { mode: { kind: 'training', random } });
        return lossOf(result.outputs, labels, loss);
      },
      [...trainables.values()].map(({ variable }) => variable),
    );
    value = lossValue.dataSync()[0] ?? Number.NaN;
    const gradients = new Map<string, Tensor>();
    for (const [id, gradient] of Object.entries(grads)) gradients.set(names.get(id) ?? id, gradient);
    if (Number.isFinite(value)) step(gradients);
    updateStatistics(bound, result?.statistics ?? new Map(), statisticsMomentum);
  });
  if (result !== undefined) disposeResult(result);
  return value;
}

function lossOf(outputs: ReadonlyMap<string, Tensor>, labels: Tensor1D, loss: ClassificationLoss): Scalar {
  const [logits, ...others] = outputs.values();
  if (logits === undefined || others.length > 0 || logits.rank !== 2) {
    throw new NetworkError([
      {
        subject: 'network',
        message: `to be trained as a classifier it must have one output [K], but has ${outputs.size}`,
      },
    ]);
  }
  return loss(logits as Tensor2D, labels);
}

/** Running statistics follow the batch's; the variance in its unbiased form, as PyTorch has it. */
function updateStatistics(
  { network, live }: BoundNetwork,
  statistics: ReadonlyMap<string, BatchStatistics>,
  momentum: number,
): void {
  const follow = (running: Variable, now: Tensor): void =>
    running.assign(add(mul(running, 1 - momentum), mul(now, momentum)));
  for (const node of network.nodes) {
    const own = statistics.get(node.name);
    if (node.op !== 'batchNorm' || own === undefined) continue;
    follow(liveParameter(live, node.mean), own.mean);
    follow(liveParameter(live, node.variance), mul(own.variance, own.count / Math.max(own.count - 1, 1)));
  }
}
