import type { CombineNode, ElementFunctionName, FunctionNode } from '@rheobase/network';
import { attributesOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  abs,
  acos,
  acosh,
  add,
  asin,
  asinh,
  atan,
  atanh,
  cast,
  ceil,
  clipByValue,
  cos,
  cosh,
  div,
  erf,
  exp,
  expm1,
  floor,
  greaterEqual,
  leakyRelu,
  log,
  maximum,
  minimum,
  mul,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  step,
  sub,
  tan,
  tanh,
} from '@tensorflow/tfjs-core';

type Attributes = Readonly<Record<string, number>>;

/** α·(e^(x/scale) − 1) below 0, 0 above; the minimum comes first, so that no gradient meets e^x out of range. */
const below = (x: Tensor, alpha: number, scale = 1): Tensor => mul(expm1(div(minimum(x, 0), scale)), alpha);

const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor => clipByValue(add(mul(x, alpha), beta), 0, 1);

/** The functions of `elementFunctions` on tensors, of operations that have gradients. */
const functions: Readonly<Record<ElementFunctionName, (x: Tensor, attributes: Attributes) => Tensor>> = {
  abs: (x) => abs(x),
  acos: (x) => acos(x),
  acosh: (x) => acosh(x),
  asin: (x) => asin(x),
  asinh: (x) => asinh(x),
  atan: (x) => atan(x),
  atanh: (x) => atanh(x),
  ceil: (x) => ceil(x),
  celu: (x, { alpha = 1 }) => add(relu(x), below(x, alpha, alpha)),
  clip: (x, { min = -Infinity, max = Infinity }) => clipByValue(x, min, max),
  cos: (x) => cos(x),
  cosh: (x) => cosh(x),
  elu: (x, { alpha = 1 }) => add(relu(x), below(x, alpha)),
  erf: (x) => erf(x),
  exp: (x) => exp(x),
  floor: (x) => floor(x),
  gelu: (x, attributes) =>
    mul(
      mul(x, 0.5),
      add(
        attributes['tanh'] === 0
          ? erf(mul(x, Math.SQRT1_2))
          : tanh(mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI))),
        1,
      ),
    ),
  hardsigmoid: (x, { alpha = 0, beta = 0 }) => hardSigmoid(x, alpha, beta),
  hardswish: (x) => mul(x, hardSigmoid(x, 1 / 6, 0.5)),
  leakyRelu: (x, { alpha = 0 }) => leakyRelu(x, alpha),
  log: (x) => log(x),
  mish: (x) => mul(x, tanh(softplus(x))),
  power: (x, { exponent = 1 }) => pow(x, exponent),
  reciprocal: (x) => reciprocal(x),
  relu: (x) => relu(x),
  round: (x) => round(x),
  selu: (x, { alpha = 1, gamma = 1 }) => mul(add(relu(x), below(x, alpha)), gamma),
  sigmoid: (x) => sigmoid(x),
  sign: (x) => sign(x),
  silu: (x) => mul(x, sigmoid(x)),
  sin: (x) => sin(x),
  sinh: (x) => sinh(x),
  softplus: (x) => softplus(x),
  softsign: (x) => div(x, add(abs(x), 1)),
  sqrt: (x) => sqrt(x),
  step: (x) => step(x),
  tan: (x) => tan(x),
  tanh: (x) => tanh(x),
};

const atLeast = (a: Tensor, b: Tensor): Tensor => cast(greaterEqual(a, b), 'float32');
const not = (x: Tensor): Tensor => sub(1, x);
const truth = (x: Tensor): Tensor => step(abs(x));

/** The functions of `pairFunctions` on tensors. Comparisons are made of the one that has a gradient, which is 0. */
const pairs: Readonly<Record<CombineNode['function'], (a: Tensor, b: Tensor) => Tensor>> = {
  and: (a, b) => mul(truth(a), truth(b)),
  divide: (a, b) => div(a, b),
  equal: (a, b) => mul(atLeast(a, b), atLeast(b, a)),
  greater: (a, b) => not(atLeast(b, a)),
  greaterOrEqual: (a, b) => atLeast(a, b),
  less: (a, b) => not(atLeast(a, b)),
  lessOrEqual: (a, b) => atLeast(b, a),
  maximum: (a, b) => maximum(a, b),
  minimum: (a, b) => minimum(a, b),
  multiply: (a, b) => mul(a, b),
  or: (a, b) => maximum(truth(a), truth(b)),
  power: (a, b) => pow(a, b),
};

export const applyFunction = (node: FunctionNode, x: Tensor): Tensor =>
  functions[node.function](x, attributesOf(node.function, node.attributes));

export const applyPair = (node: CombineNode, a: Tensor, b: Tensor): Tensor => pairs[node.function](a, b);
