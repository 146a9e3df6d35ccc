import { add, cos, cosh, exp, mul, neg, rsqrt, sin, sinh, sqrt, square, sub } from '@tensorflow/tfjs-core';
import {
  div,
  log,
  scalar,
  where,
  greater,
  greaterEqual,
  less,
  floor,
  pow,
  cast,
  lessEqual,
} from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { binary, unary } from './gradient.js';

/** Gradients of further functions of one and of two variables. */
export const functionGradients: readonly Gradient[] = [
  unary('Sin', (dy, x) => mul(dy, cos(x))),
  unary('Cos', (dy, x) => neg(mul(dy, sin(x)))),
  unary('Tan', (dy, x) => div(dy, square(cos(x)))),
  unary('Asin', (dy, x) => div(dy, sqrt(sub(1, square(x))))),
  unary('Acos', (dy, x) => neg(div(dy, sqrt(sub(1, square(x)))))),
  unary('Atan', (dy, x) => div(dy, add(1, square(x)))),
  unary('Sinh', (dy, x) => mul(dy, cosh(x))),
  unary('Cosh', (dy, x) => mul(dy, sinh(x))),
  unary('Asinh', (dy, x) => div(dy, sqrt(add(1, square(x))))),
  unary('Acosh', (dy, x) => div(dy, sqrt(sub(square(x), 1)))),
  unary('Atanh', (dy, x) => div(dy, sub(1, square(x)))),
  unary('Expm1', (dy, x) => mul(dy, exp(x))),
  unary('Log1p', (dy, x) => div(dy, add(1, x))),
  unary('Reciprocal', (dy, x) => neg(div(dy, square(x)))),
  unary('Rsqrt', (dy, x) => mul(dy, div(rsqrt(x), mul(x, -2)))),
  unary('Erf', (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))),
  binary('Atan2', (a, b, dy) => {
    const distance = add(square(a), square(b));
    return { a: () => mul(dy, div(b, distance)), b: () => neg(mul(dy, div(a, distance))) };
  }),
  binary('Mod', (a, b, dy) => ({ a: () => dy, b: () => neg(mul(dy, floor(div(a, b)))) })),
  binary('SquaredDifference', (a, b, dy) => ({
    a: () => mul(dy, mul(2, sub(a, b))),
    b: () => mul(dy, mul(2, sub(b, a))),
  })),
  binary('Pow', (a, b, dy) => ({
    a: () => mul(dy, mul(b, pow(a, sub(b, 1)))),
    // The logarithm of a base of 0 or less is NaN; the power then has no gradient for its exponent.
    b: () => {
      const isPositive = greater(a, 0);
      const safe = where(isPositive, a, scalar(1));
      return mul(dy, where(isPositive, mul(pow(safe, b), log(safe)), scalar(0)));
    },
  })),
  // Of two equal ones, a is the greatest and the least: each derivative goes to one side.
  binary('Maximum', (a, b, dy) => ({
    a: () => mul(dy, cast(greaterEqual(a, b), 'float32')),
    b: () => mul(dy, cast(less(a, b), 'float32')),
  })),
  binary('Minimum', (a, b, dy) => ({
    a: () => mul(dy, cast(lessEqual(a, b), 'float32')),
    b: () => mul(dy, cast(greater(a, b), 'float32')),
  })),
];
