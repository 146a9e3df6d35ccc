import type { Tensor } from '@tensorflow/tfjs-core';
import { customGrad, tidy } from '@tensorflow/tfjs-core';

/** What a forward pass gives, and what its backward pass needs of it. */
export interface Forward<Saved extends readonly Tensor[]> {
  readonly value: Tensor;
  readonly saved: Saved;
}

/**
 * An operation with a custom gradient. Neither pass is recorded, so an operation in them needs no gradient
 * registered with tfjs: its kernel is enough.
 *
 * @param inputs the tensors that the value is differentiable with respect to
 * @param backward ∂loss/∂input for every input, of its shape, from `dy` = ∂loss/∂value
 */
export function customGradient<const Saved extends readonly Tensor[]>(
  inputs: readonly Tensor[],
  forward: () => Forward<Saved>,
  backward: (dy: Tensor, saved: Saved) => Tensor[],
): Tensor {
  const operation = customGrad((...operands) => {
    const { value, saved } = forward();
    const save = operands.at(-1);
    if (typeof save === 'function') save([...saved]);
    return {
      value,
      // tfjs hands back what was saved, in the order in which it was. The tidy frees what a pass leaves before the next one.
      gradFunc: (dy: Tensor, kept: Tensor[]) => tidy(() => backward(dy, kept as readonly Tensor[] as Saved)),
    };
  });
  return operation(...inputs);
}
