import { add, div, mul, square } from '@tensorflow/tfjs-core';
import { scaledSurrogate } from './scaled-surrogate.js';
import type { Surrogate } from './surrogate.js';

/** σ(x) = arctan(π/2·k·x)/π + ½, with the derivative (k/2)/(1 + (π/2·k·x)²). */
export const arctanSurrogate: Surrogate = scaledSurrogate({
  name: 'arctan',
  fused: 'arctan',
  summary: 'arctan(π/2·k·x)/π + ½',
  initialSlope: 2,
  smooth: (u) => Math.atan((Math.PI / 2) * u) / Math.PI + 0.5,
  derivative: (u) => 0.5 / (1 + ((Math.PI / 2) * u) ** 2),
  derivativeOf: (u) => div(0.5, add(1, square(mul(u, Math.PI / 2)))),
});
