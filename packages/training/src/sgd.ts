import type { ParameterRole } from '@rheobase/network';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, dispose, keep, mul, sub, tidy } from '@tensorflow/tfjs-core';

/** A trainable variable and what its parameter is for. */
export interface Trainable {
  readonly variable: Variable;
  readonly role: ParameterRole;
}

/** Moves variables against their gradients. */
export interface Optimizer {
  /** One step. The gradients stay the caller's. */
  step(gradients: ReadonlyMap<string, Tensor>, rate: number): void;
  /** Frees what it remembers between steps. */
  dispose(): void;
}

export interface SgdOptions {
  /** Share of the last step's velocity that is kept; 0.9 unless given. */
  readonly momentum?: number;
  /** L2 weight decay by what a parameter is for; roles that are not named have none. */
  readonly weightDecay?: Readonly<Partial<Record<ParameterRole, number>>>;
}

/**
 * Stochastic gradient descent with momentum: v ← m·v + g + λ·w, w ← w − rate·v (as PyTorch has it).
 *
 * @param trainables by parameter name
 */
export function sgd(
  trainables: ReadonlyMap<string, Trainable>,
  { momentum = 0.9, weightDecay = {} }: SgdOptions = {},
): Optimizer {
  const velocities = new Map<string, Tensor>();
  return {
    step(gradients, rate) {
      for (const [name, gradient] of gradients) {
        const trainable = trainables.get(name);
        if (trainable === undefined)
          throw new Error(`There is a gradient for '${name}', which the optimizer was not given.`);
        const { variable, role } = trainable;
        const decay = weightDecay[role] ?? 0;
        const before = velocities.get(name);
        const velocity = keep(
          tidy(() => {
            const pull = decay === 0 ? gradient : add(gradient, mul(variable, decay));
            return before === undefined ? mul(pull, 1) : add(mul(before, momentum), pull);
          }),
        );
        before?.dispose();
        velocities.set(name, velocity);
        tidy(() => variable.assign(sub(variable, mul(velocity, rate))));
      }
    },
    dispose() {
      dispose([...velocities.values()]);
      velocities.clear();
    },
  };
}
