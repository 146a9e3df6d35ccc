import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { getGradient, mul, neg, registerGradient } from '@tensorflow/tfjs-core';
import { sumToShape } from '@rheobase/activations';

/** The inputs of a binary operation, as tfjs hands them to a gradient. */
function operands(saved: readonly Tensor[]): readonly [a: Tensor, b: Tensor] {
  const [a, b] = saved;
  if (a === undefined || b === undefined) throw new Error('A binary operation was recorded without its two inputs.');
  return [a, b];
}

function first(dy: Tensor | Tensor[]): Tensor {
  const [value] = Array.isArray(dy) ? dy : [dy];
  if (value === undefined) throw new Error('A gradient was asked for without dy.');
  return value;
}

const binary = (
  kernelName: string,
  byOperand: (dy: Tensor, a: Tensor, b: Tensor) => readonly [a: Tensor, b: Tensor],
): GradConfig => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = operands(saved);
    const gradients = () => byOperand(first(dy), a, b);
    return { a: () => sumToShape(gradients()[0], a.shape), b: () => sumToShape(gradients()[1], b.shape) };
  },
});

const configs: readonly GradConfig[] = [
  binary('Add', (dy) => [dy, dy]),
  binary('Sub', (dy) => [dy, neg(dy)]),
  binary('Multiply', (dy, a, b) => [mul(dy, b), mul(dy, a)]),
  { kernelName: 'Neg', gradFunc: (dy) => ({ x: () => neg(first(dy)) }) },
  { kernelName: 'Identity', gradFunc: (dy) => ({ x: () => mul(first(dy), 1) }) },
];

/**
 * Registers the gradients of addition, subtraction, multiplication, negation and copying where tfjs has none: its Node entry
 * registers no gradient at all. A neuron made of other operations needs theirs registered before its tests.
 */
export function registerGradients(): void {
  for (const config of configs) if (getGradient(config.kernelName) == null) registerGradient(config);
}
