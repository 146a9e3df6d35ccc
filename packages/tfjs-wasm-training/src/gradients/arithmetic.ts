import { div, exp, mul, neg, sign, sub, sqrt, square, step, zerosLike } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at, sumTo, unary } from './gradient.js';

const both = ['a', 'b'] as const;

/** Gradients of element-wise operations; the binary ones broadcast. */
export const arithmeticGradients: readonly Gradient[] = [
  {
    kernelName: 'Add',
    inputsToSave: both,
    gradient: (dy, saved) => ({ a: () => sumTo(dy, at(saved, 0).shape), b: () => sumTo(dy, at(saved, 1).shape) }),
  },
  {
    kernelName: 'Sub',
    inputsToSave: both,
    gradient: (dy, saved) => ({ a: () => sumTo(dy, at(saved, 0).shape), b: () => neg(sumTo(dy, at(saved, 1).shape)) }),
  },
  {
    kernelName: 'Multiply',
    inputsToSave: both,
    gradient: (dy, saved) => {
      const [a, b] = [at(saved, 0), at(saved, 1)];
      return { a: () => sumTo(mul(dy, b), a.shape), b: () => sumTo(mul(dy, a), b.shape) };
    },
  },
  {
    kernelName: 'RealDiv',
    inputsToSave: both,
    gradient: (dy, saved) => {
      const [a, b] = [at(saved, 0), at(saved, 1)];
      return {
        a: () => sumTo(div(dy, b), a.shape),
        b: () => neg(sumTo(div(mul(dy, a), square(b)), b.shape)),
      };
    },
  },
  {
    kernelName: 'AddN',
    saveAllInputs: true,
    gradient: (dy, saved) => Object.fromEntries(saved.map((_, i) => [String(i), () => dy])),
  },
  { kernelName: 'Neg', gradient: (dy) => ({ x: () => neg(dy) }) },
  { kernelName: 'Identity', gradient: (dy) => ({ x: () => dy }) },
  unary('Square', (dy, x) => mul(dy, mul(x, 2))),
  unary('Sqrt', (dy, x) => div(dy, mul(sqrt(x), 2))),
  unary('Exp', (dy, x) => mul(dy, exp(x))),
  unary('Log', (dy, x) => div(dy, x)),
  unary('Abs', (dy, x) => mul(dy, sign(x))),
  unary('Relu', (dy, x) => mul(dy, step(x))),
  // Flat almost everywhere; straight-through variants bring their own gradient.
  unary('Step', (dy) => zerosLike(dy)),
  unary('Floor', (dy) => zerosLike(dy)),
  unary('Ceil', (dy) => zerosLike(dy)),
  unary('Tanh', (dy, x) => {
    // tanh′ = 1 − tanh², with tanh from exponentials the backend has anyway.
    const e = exp(mul(x, 2));
    const y = sub(1, div(2, sub(e, -1)));
    return mul(dy, sub(1, square(y)));
  }),
];
