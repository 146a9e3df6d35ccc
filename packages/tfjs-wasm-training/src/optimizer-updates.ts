import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, backend, div, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { runInPlace, runRegistered } from './native/registered-kernel.js';

export interface SgdUpdate {
  /** η */
  readonly learningRate: number;
  /** m, the fraction of the velocity that is kept. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** λ of L2 weight decay; 0 is none. */
  readonly decay: number;
}

/**
 * One step of stochastic gradient descent with momentum, as PyTorch has it: g ← g + λ·w, v ← m·v + g, w ← w − η·v; with
 * Nesterov's momentum w ← w − η·(g + m·v). η is the learning rate. The kernel writes into the variables' own memory.
 */
export function sgdUpdate(
  variable: Variable,
  velocity: Variable,
  gradient: Tensor,
  { learningRate, momentum, nesterov, decay }: SgdUpdate,
): void {
  unshare(variable, velocity);
  const kernel = nesterov ? 'RheobaseSgdNesterov' : 'RheobaseSgdMomentum';
  if (runInPlace(kernel, { variable, velocity, gradient }, { learningRate, momentum, decay })) return;
  tidy(() => {
    const pull = decay === 0 ? gradient : add(gradient, mul(variable, decay));
    velocity.assign(add(mul(velocity, momentum), pull));
    const step = nesterov ? add(pull, mul(velocity, momentum)) : velocity;
    variable.assign(sub(variable, mul(step, learningRate)));
  });
}

export interface AdamWUpdate {
  /** η */
  readonly learningRate: number;
  /** λ of decoupled weight decay; 0 is none. */
  readonly decay: number;
  /** Fraction of the mean gradient that is kept. */
  readonly beta1: number;
  /** Fraction of the mean squared gradient that is kept. */
  readonly beta2: number;
  readonly epsilon: number;
  /** Steps so far, including this one: to correct for the averages starting at 0. */
  readonly steps: number;
}

/**
 * One step of AdamW (Loshchilov and Hutter 2019), as PyTorch has it: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
 * w ← (1 − η·λ)·w − η·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε), where η is the learning rate. The kernel writes into the variables' own memory.
 */
export function adamWUpdate(
  variable: Variable,
  mean: Variable,
  meanSquare: Variable,
  gradient: Tensor,
  { learningRate, decay, beta1, beta2, epsilon, steps }: AdamWUpdate,
): void {
  unshare(variable, mean, meanSquare);
  const keep = 1 - learningRate * decay;
  const step = learningRate / (1 - beta1 ** steps);
  const spread = 1 / Math.sqrt(1 - beta2 ** steps);
  const attributes = { beta1, beta2, keep, step, spread, epsilon };
  if (runInPlace('RheobaseAdamW', { variable, mean, meanSquare, gradient }, attributes)) return;
  tidy(() => {
    mean.assign(add(mul(mean, beta1), mul(gradient, 1 - beta1)));
    meanSquare.assign(add(mul(meanSquare, beta2), mul(square(gradient), 1 - beta2)));
    const deviation = add(mul(sqrt(meanSquare), spread), epsilon);
    variable.assign(sub(mul(variable, keep), mul(div(mean, deviation), step)));
  });
}

/**
 * Moves an exponential average towards a multiple of a value: a ← (1 − share)·a + share·factor·value. The kernel writes
 * into the average's own memory.
 */
export function movingAverageUpdate(average: Variable, value: Tensor, share: number, factor = 1): void {
  unshare(average);
  const [decay, weight] = [1 - share, share * factor];
  if (runInPlace('RheobaseMovingAverage', { average, value }, { decay, share: weight })) return;
  tidy(() => average.assign(add(mul(average, decay), mul(value, weight))));
}

/** The Euclidean norm of all these tensors taken as one vector, summed in double precision. */
export function globalNorm(tensors: Iterable<Tensor>): number {
  let sum = 0;
  for (const x of tensors) {
    const native = tidy(() => runRegistered('RheobaseSumOfSquares', { x })?.[0]?.dataSync<'float32'>().slice());
    if (native !== undefined) sum += new Float64Array(native.buffer)[0] ?? 0;
    else for (const value of x.dataSync<'float32'>()) sum += value * value;
  }
  return Math.sqrt(sum);
}

/** Gives each variable its own memory if a clone shares it, so that writing there changes nothing else. */
function unshare(...variables: readonly Variable[]): void {
  for (const variable of variables) {
    if (backend().refCount(variable.dataId) > 1) tidy(() => variable.assign(mul(variable, 1)));
  }
}
