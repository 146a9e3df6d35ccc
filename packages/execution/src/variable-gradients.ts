import type { NamedTensorMap, Scalar, Variable } from '@tensorflow/tfjs-core';
import { engine, variableGrads } from '@tensorflow/tfjs-core';

/**
 * The value of a function, and its gradients by the variables' names, as `variableGrads` of tfjs gives them. Where the function fails, what tfjs
 * has kept for gradients by then is freed, which tfjs forgets.
 */
export function variableGradients(
  compute: () => Scalar,
  variables: Variable[],
): { readonly value: Scalar; readonly grads: NamedTensorMap } {
  try {
    return variableGrads(compute, variables);
  } catch (error) {
    const { state } = engine();
    // A tape within another one is freed with that.
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
      state.activeTape = [];
    }
    throw error;
  }
}
