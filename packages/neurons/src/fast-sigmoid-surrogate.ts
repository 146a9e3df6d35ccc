import { abs, add, div, square } from '@tensorflow/tfjs-core';
import { scaledSurrogate } from './scaled-surrogate.js';
import type { Surrogate } from './surrogate.js';

/**
 * σ(x) = ½·k·x/(1 + k·|x|) + ½, with the derivative (k/2)/(1 + k·|x|)²: the fast sigmoid of SuperSpike (Zenke and
 * Ganguli, 2018), scaled to rise from 0 to 1.
 */
export const fastSigmoidSurrogate: Surrogate = scaledSurrogate({
  name: 'fast-sigmoid',
  fused: 'fast-sigmoid',
  summary: '½·k·x/(1 + k·|x|) + ½',
  initialSlope: 2,
  smooth: (u) => (0.5 * u) / (1 + Math.abs(u)) + 0.5,
  derivative: (u) => 0.5 / (1 + Math.abs(u)) ** 2,
  derivativeOf: (u) => div(0.5, square(add(1, abs(u)))),
});
