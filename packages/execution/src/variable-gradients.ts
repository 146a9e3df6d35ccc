import type { NamedTensorMap, Scalar, Variable } from '@tensorflow/tfjs-core';
import { engine, variableGrads } from '@tensorflow/tfjs-core';

/**
 * The value of a function and its gradients by variable name, like tfjs' `variableGrads`. If the function fails, the tensors kept for gradients are
 * freed, which tfjs does not do.
 */
export function variableGradients(
  compute: () => Scalar,
  variables: Variable[],
): { readonly value: Scalar; readonly grads: NamedTensorMap } {
  try {
    return variableGrads(compute, variables);
  } catch (error) {
    const { state } = engine();
    // A nested tape is freed with the outer one.
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
      state.activeTape = [];
    }
    throw error;
  }
}
