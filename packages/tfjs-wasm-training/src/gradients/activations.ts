import type { Tensor } from '@tensorflow/tfjs-core';
import {
  add,
  exp,
  logicalAnd,
  greaterEqual,
  lessEqual,
  cast,
  minimum,
  mul,
  sigmoid,
  step,
  sub,
  sum,
} from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at, sumTo, unary } from './gradient.js';

// λ and α of Klambauer et al. (2017), as tfjs has them.
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** e^x below zero, 1 above. */
const decay = (x: Tensor): Tensor => exp(minimum(x, 0));

interface Slope {
  readonly alpha: number;
}
interface Bounds {
  readonly clipValueMin: number;
  readonly clipValueMax: number;
}

const leakyRelu: Gradient<Slope> = {
  kernelName: 'LeakyRelu',
  inputsToSave: ['x'],
  gradient: (dy, saved, { alpha }) => ({ x: () => mul(dy, step(at(saved, 0), alpha)) }),
};

const prelu: Gradient = {
  kernelName: 'Prelu',
  inputsToSave: ['x', 'alpha'],
  gradient: (dy, saved) => {
    const [x, alpha] = [at(saved, 0), at(saved, 1)];
    return {
      x: () => mul(dy, add(step(x), mul(sub(1, step(x)), alpha))),
      alpha: () => sumTo(mul(dy, minimum(x, 0)), alpha.shape),
    };
  },
};

const clipByValue: Gradient<Bounds> = {
  kernelName: 'ClipByValue',
  inputsToSave: ['x'],
  gradient: (dy, saved, { clipValueMin, clipValueMax }) => {
    const x = at(saved, 0);
    return {
      x: () => mul(dy, cast(logicalAnd(greaterEqual(x, clipValueMin), lessEqual(x, clipValueMax)), 'float32')),
    };
  },
};

const sigmoidGradient: Gradient = {
  kernelName: 'Sigmoid',
  outputsToSave: [true],
  gradient: (dy, saved) => {
    const y = at(saved, 0);
    return { x: () => mul(dy, mul(y, sub(1, y))) };
  },
};

const softmax: Gradient = {
  kernelName: 'Softmax',
  outputsToSave: [true],
  // tfjs refuses any axis except the last.
  gradient: (dy, saved) => {
    const y = at(saved, 0);
    return { logits: () => mul(y, sub(dy, sum(mul(dy, y), -1, true))) };
  },
};

/** Gradients of activations other than ReLU and tanh. */
export const activationGradients: readonly Gradient<never>[] = [
  leakyRelu,
  prelu,
  clipByValue,
  sigmoidGradient,
  softmax,
  unary('Elu', (dy, x) => mul(dy, decay(x))),
  unary('Selu', (dy, x) => mul(dy, mul(mul(step(x, seluAlpha), decay(x)), seluScale))),
  unary('Relu6', (dy, x) => mul(dy, mul(step(x), step(sub(6, x))))),
  unary('Softplus', (dy, x) => mul(dy, sigmoid(x))),
];
