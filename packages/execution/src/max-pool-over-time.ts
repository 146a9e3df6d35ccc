import type { MaxPoolNode } from '@rheobase/network';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add, concat, mul, split, sub } from '@tensorflow/tfjs-core';
import type { OverTime } from './over-time.js';
import { maximumPool } from './pooling.js';

/** State of a max pooling downstream of neurons between steps (docs/decisions/0016). */
export interface MaxPoolState {
  /** a(t) = Σ x(τ) over τ ≤ t, `[N, H, W, C]`. */
  readonly accumulated: Tensor;
  /** The maximum of a(t) over each window. */
  readonly greatest: Tensor;
}

/**
 * One step of a max pooling over accumulated values: the increase of their maximum.
 *
 * @param state absent before the first step
 * @param growth λ of differential coding, by which both are multiplied before they are added to. Default: 1
 */
export function maxPoolStep(
  node: MaxPoolNode,
  state: Partial<MaxPoolState> | undefined,
  x: Tensor,
  growth = 1,
): { readonly state: MaxPoolState; readonly value: Tensor } {
  const grown = (value: Tensor): Tensor => (growth === 1 ? value : mul(value, growth));
  const accumulated = state?.accumulated === undefined ? x : add(grown(state.accumulated), x);
  const greatest = maximumPool(accumulated as Tensor4D, node);
  const value = state?.greatest === undefined ? greatest : sub(greatest, grown(state.greatest));
  return { state: { accumulated, greatest }, value };
}

/** The same over T steps. A constant value is pooled as usual, which is equivalent. */
export function maxPoolOverTime(node: MaxPoolNode, { kind, value }: OverTime, steps: number): OverTime {
  if (kind === 'constant') return { kind, value: maximumPool(value as Tensor4D, node) };
  let state: MaxPoolState | undefined;
  const rises = split(value, steps, 0).map((x) => {
    const step = maxPoolStep(node, state, x);
    state = step.state;
    return step.value;
  });
  return { kind, value: concat(rises, 0) };
}
