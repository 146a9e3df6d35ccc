import { disposeScope } from '@rheobase/execution';
import type { ParameterRole } from '@rheobase/network';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { tidy, variable as newVariable, zeros } from '@tensorflow/tfjs-core';
import type { Description } from './description.js';
import type { NamedArrays } from './named-arrays.js';
import { readVariables, writeVariables } from './named-arrays.js';
import type { Trainables } from './trainables.js';

/** A number by what a parameter is for. */
export type ByRole = Readonly<Partial<Record<ParameterRole, number>>>;

/** What an optimizer remembers between steps. */
export interface OptimizerState {
  readonly steps: number;
  /** By `<part>/<parameter>`. */
  readonly arrays: NamedArrays;
}

/** Moves variables against their gradients. */
export interface Optimizer {
  /** One step. The gradients, by parameter name, stay the caller's. */
  step(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void;
  exportState(): OptimizerState;
  /** @throws if the state is of other parameters or of another kind of optimizer. */
  importState(state: OptimizerState): void;
  /** Frees what it remembers. */
  dispose(): void;
}

/** An optimizer with its settings, to be set to work on variables. */
export interface OptimizerDefinition {
  readonly description: Description;
  begin(trainables: Trainables): Optimizer;
}

/** What applies to a parameter in one step. */
export interface StepSettings {
  /** Learning rate, the role's factor included. */
  readonly learningRate: number;
  /** Weight decay λ. */
  readonly decay: number;
  /** Steps so far, this one included. */
  readonly steps: number;
}

/** How one variable moves; what {@link perParameter} makes an optimizer of. */
export interface UpdateRule<State extends Readonly<Record<string, Variable>>> {
  readonly description: Description;
  /** What is remembered of a variable; `zeros` makes a variable of its shape. */
  begin(zeros: () => Variable): State;
  /** Runs in a tidy, so it need not free tensors. */
  update(variable: Variable, state: State, gradient: Tensor, settings: StepSettings): void;
}

/** Settings that every optimizer here has. */
export interface RoleOptions {
  /** Weight decay by what a parameter is for; roles that are not named have none. */
  readonly weightDecay?: ByRole;
  /** Factor on the learning rate by what a parameter is for; 1 for roles that are not named. */
  readonly rateFactor?: ByRole;
}

/** An optimizer that moves every parameter by itself, following a rule. */
export function perParameter<State extends Readonly<Record<string, Variable>>>(
  rule: UpdateRule<State>,
  { weightDecay = {}, rateFactor = {} }: RoleOptions,
): OptimizerDefinition {
  return {
    description: { ...rule.description, weightDecay: { ...weightDecay }, rateFactor: { ...rateFactor } },
    begin: (trainables) => begin(rule, trainables, weightDecay, rateFactor),
  };
}

function begin<State extends Readonly<Record<string, Variable>>>(
  rule: UpdateRule<State>,
  trainables: Trainables,
  weightDecay: ByRole,
  rateFactor: ByRole,
): Optimizer {
  const states = new Map<string, State>();
  const remembered = new Map<string, Variable>();
  const scope = disposeScope();
  try {
    for (const [name, { variable }] of trainables) {
      const state = rule.begin(() => scope.add(tidy(() => newVariable(zeros(variable.shape), false))));
      states.set(name, state);
      for (const [part, own] of Object.entries(state)) remembered.set(`${part}/${name}`, own);
    }
  } catch (error) {
    scope.dispose();
    throw error;
  }
  let steps = 0;
  return {
    step(gradients, learningRate) {
      steps++;
      for (const [name, gradient] of gradients) {
        const [trainable, state] = [trainables.get(name), states.get(name)];
        if (trainable === undefined || state === undefined) {
          throw new Error(`There is a gradient for '${name}', which the optimizer was not given.`);
        }
        const { variable, role } = trainable;
        const settings = { learningRate: learningRate * (rateFactor[role] ?? 1), decay: weightDecay[role] ?? 0, steps };
        tidy(() => rule.update(variable, state, gradient, settings));
      }
    },
    exportState: () => ({ steps, arrays: readVariables(remembered) }),
    importState(state) {
      writeVariables(remembered, state.arrays);
      steps = state.steps;
    },
    dispose() {
      scope.dispose();
      remembered.clear();
      states.clear();
    },
  };
}
