import { mul, sigmoid, sub } from '@tensorflow/tfjs-core';
import { scaledSurrogate } from './scaled-surrogate.js';
import type { Surrogate } from './surrogate.js';

/** σ(x) = 1/(1 + exp(−k·x)). */
export const sigmoidSurrogate: Surrogate = scaledSurrogate({
  name: 'sigmoid',
  fused: 'sigmoid',
  summary: '1/(1 + exp(−k·x))',
  initialSlope: 4,
  smooth: (u) => 1 / (1 + Math.exp(-u)),
  derivative(u) {
    const s = 1 / (1 + Math.exp(-u));
    return s * (1 - s);
  },
  derivativeOf(u) {
    const s = sigmoid(u);
    return mul(s, sub(1, s));
  },
});
