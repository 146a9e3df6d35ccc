import { abs, relu, sub } from '@tensorflow/tfjs-core';
import { scaledSurrogate } from './scaled-surrogate.js';
import type { Surrogate } from './surrogate.js';

/** σ′(x) = k·max(0, 1 − k·|x|): a triangle of area 1 and half-width 1/k. */
export const triangleSurrogate: Surrogate = scaledSurrogate({
  name: 'triangle',
  fused: 'triangle',
  summary: 'two parabolas with the derivative k·max(0, 1 − k·|x|)',
  initialSlope: 1,
  smooth(u) {
    const rest = Math.max(0, 1 - Math.abs(u));
    return u < 0 ? 0.5 * rest ** 2 : 1 - 0.5 * rest ** 2;
  },
  derivative: (u) => Math.max(0, 1 - Math.abs(u)),
  derivativeOf: (u) => relu(sub(1, abs(u))),
});
