import type { LiveParameters } from '@rheobase/execution';
import { disposeScope } from '@rheobase/execution';
import { movingAverageUpdate } from '@rheobase/tfjs-wasm-training';
import type { Variable } from '@tensorflow/tfjs-core';
import { mul, tidy, variable as newVariable } from '@tensorflow/tfjs-core';
import type { NamedArrays } from './named-arrays.js';
import { readVariables, writeVariables } from './named-arrays.js';

/** A running average of a network's parameters. */
export interface WeightAverage {
  /** Takes in the parameters' present values. */
  follow(): void;
  readonly updates: number;
  /** The averages. */
  read(): NamedArrays;
  restore(updates: number, arrays: NamedArrays): void;
  dispose(): void;
}

/**
 * The exponential moving average of all live parameters, running statistics of batch norms included:
 * a ← d·a + (1 − d)·w, starting at the current values. At update n, d is at most (1 + n)/(10 + n), so that the
 * start does not linger.
 *
 * @param decay d, in [0, 1)
 * @throws if it is out of that range.
 */
export function weightAverage(live: LiveParameters, decay: number): WeightAverage {
  if (!(decay >= 0 && decay < 1)) {
    throw new Error(`The decay of averaged weights must be from 0 to below 1, not ${decay}.`);
  }
  const scope = disposeScope();
  const averageOf = (parameter: Variable): Variable => {
    try {
      return scope.add(tidy(() => newVariable(mul(parameter, 1), false)));
    } catch (error) {
      scope.dispose();
      throw error;
    }
  };
  const averaged = [...live].map(([name, parameter]) => ({ name, parameter, average: averageOf(parameter) }));
  const averages = new Map(averaged.map(({ name, average }) => [name, average]));
  let updates = 0;

  return {
    follow() {
      updates++;
      const share = 1 - Math.min(decay, (1 + updates) / (10 + updates));
      for (const { parameter, average } of averaged) movingAverageUpdate(average, parameter, share);
    },
    get updates() {
      return updates;
    },
    read: () => readVariables(averages),
    restore(count, arrays) {
      writeVariables(averages, arrays);
      updates = count;
    },
    dispose() {
      scope.dispose();
    },
  };
}
