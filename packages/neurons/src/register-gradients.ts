import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import {
  cast,
  getGradient,
  greaterEqual,
  less,
  mul,
  neg,
  ones,
  registerGradient,
  reshape,
  util,
} from '@tensorflow/tfjs-core';
import { sumToShape } from '@rheobase/activations';

/** The inputs of a binary operation, as tfjs passes them to a gradient. */
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

/** A sum or a mean: every input value has the same weight. */
const reduction = (kernelName: 'Sum' | 'Mean'): GradConfig => ({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (given, [x], { axis }) => ({
    x: () => {
      const dy = first(given);
      if (x === undefined) throw new Error(`${kernelName} was recorded without its input.`);
      // tfjs does not type kernel attributes.
      const axes = util.parseAxisParam(axis as number | number[], x.shape);
      const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
      const share = kernelName === 'Mean' ? dy.size / x.size : 1;
      return mul(mul(reshape(dy, kept), share), ones(x.shape));
    },
  }),
});

const configs: readonly GradConfig[] = [
  binary('Add', (dy) => [dy, dy]),
  binary('Sub', (dy) => [dy, neg(dy)]),
  binary('Multiply', (dy, a, b) => [mul(dy, b), mul(dy, a)]),
  // Where both are equal, the first is taken.
  binary('Maximum', (dy, a, b) => [mul(dy, cast(greaterEqual(a, b), 'float32')), mul(dy, cast(less(a, b), 'float32'))]),
  { kernelName: 'Neg', gradFunc: (dy) => ({ x: () => neg(first(dy)) }) },
  { kernelName: 'Identity', gradFunc: (dy) => ({ x: () => mul(first(dy), 1) }) },
  reduction('Sum'),
  reduction('Mean'),
];

/**
 * Registers the gradients of the operations of neurons and losses, unless tfjs has them: addition, subtraction, multiplication, negation, the greater of two, copying,
 * `sum` and `mean`. tfjs-core registers no gradients itself. Not needed with `registerTrainingKernels` of `@rheobase/tfjs-wasm-training` or the
 * package `@tensorflow/tfjs`, which register more. A neuron that uses other operations needs their gradients registered too.
 */
export function registerNeuronGradients(): void {
  for (const config of configs) if (getGradient(config.kernelName) == null) registerGradient(config);
}
