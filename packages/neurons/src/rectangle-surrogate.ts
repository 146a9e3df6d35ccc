import { abs, step, sub } from '@tensorflow/tfjs-core';
import { scaledSurrogate } from './scaled-surrogate.js';
import type { Surrogate } from './surrogate.js';

/** σ(x) = clip(k·x + ½, 0, 1), with the derivative k where |x| < 1/(2k). */
export const rectangleSurrogate: Surrogate = scaledSurrogate({
  name: 'rectangle',
  fused: 'rectangle',
  summary: 'clip(k·x + ½, 0, 1)',
  initialSlope: 1,
  smooth: (u) => Math.min(Math.max(u + 0.5, 0), 1),
  derivative: (u) => (Math.abs(u) < 0.5 ? 1 : 0),
  derivativeOf: (u) => step(sub(0.5, abs(u))),
});
