/** A function of one number, as nodes of kind `function` apply it to every element. */
export interface ElementFunction {
  /** Its attributes with their defaults. */
  readonly attributes: Readonly<Record<string, number>>;
  /** Its definition, in double precision. */
  apply(x: number, attributes: Readonly<Record<string, number>>): number;
}

function define<A extends string>(
  attributes: Readonly<Record<A, number>>,
  apply: (x: number, attributes: Readonly<Record<A, number>>) => number,
): ElementFunction {
  // A node's attributes are the defaults overwritten by its own, so that all of A are there.
  return { attributes, apply: (x, all) => apply(x, all as Readonly<Record<A, number>>) };
}

const simple = (apply: (x: number) => number): ElementFunction => define({}, apply);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const hardSigmoid = (x: number, alpha: number, beta: number): number => Math.min(Math.max(alpha * x + beta, 0), 1);

/** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms all have one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Halfway cases to the even neighbour, as IEEE 754 and ONNX have it. */
function roundToEven(x: number): number {
  const up = Math.floor(x + 0.5);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

const table = {
  abs: simple(Math.abs),
  acos: simple(Math.acos),
  acosh: simple(Math.acosh),
  asin: simple(Math.asin),
  asinh: simple(Math.asinh),
  atan: simple(Math.atan),
  atanh: simple(Math.atanh),
  ceil: simple(Math.ceil),
  celu: define({ alpha: 1 }, (x, { alpha }) => Math.max(x, 0) + Math.min(alpha * Math.expm1(x / alpha), 0)),
  /** Limits that are absent do not limit. */
  clip: define({ min: -Infinity, max: Infinity }, (x, { min, max }) => Math.min(Math.max(x, min), max)),
  cos: simple(Math.cos),
  cosh: simple(Math.cosh),
  elu: define({ alpha: 1 }, (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x))),
  erf: simple(erf),
  exp: simple(Math.exp),
  floor: simple(Math.floor),
  /** x·Φ(x) by erf; with `tanh` 1, its approximation by tanh. */
  gelu: define({ tanh: 0 }, (x, { tanh }) =>
    tanh === 0
      ? (x / 2) * (1 + erf(x / Math.SQRT2))
      : (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  hardsigmoid: define({ alpha: 0.2, beta: 0.5 }, (x, { alpha, beta }) => hardSigmoid(x, alpha, beta)),
  hardswish: simple((x) => x * hardSigmoid(x, 1 / 6, 0.5)),
  leakyRelu: define({ alpha: 0.01 }, (x, { alpha }) => (x > 0 ? x : alpha * x)),
  log: simple(Math.log),
  mish: simple((x) => x * Math.tanh(softplus(x))),
  power: define({ exponent: 2 }, (x, { exponent }) => x ** exponent),
  reciprocal: simple((x) => 1 / x),
  relu: simple((x) => Math.max(x, 0)),
  round: simple(roundToEven),
  selu: define({ alpha: 1.6732632423543772, gamma: 1.0507009873554805 }, (x, { alpha, gamma }) =>
    x > 0 ? gamma * x : gamma * alpha * Math.expm1(x),
  ),
  sigmoid: simple(sigmoid),
  sign: simple(Math.sign),
  silu: simple((x) => x * sigmoid(x)),
  sin: simple(Math.sin),
  sinh: simple(Math.sinh),
  softplus: simple(softplus),
  softsign: simple((x) => x / (1 + Math.abs(x))),
  sqrt: simple(Math.sqrt),
  /** 1 above 0, otherwise 0. */
  step: simple((x) => (x > 0 ? 1 : 0)),
  tan: simple(Math.tan),
  tanh: simple(Math.tanh),
} as const;

export type ElementFunctionName = keyof typeof table;

/** The functions that a node of kind `function` can apply, in alphabetical order. */
export const elementFunctions: Readonly<Record<ElementFunctionName, ElementFunction>> = table;

const namesOf = <Name extends string>(of: Readonly<Record<Name, unknown>>): readonly Name[] =>
  // Both tables are literals of this file, whose keys are their type's.
  Object.keys(of) as Name[];

export const elementFunctionNames = namesOf(table);

/** A function's attributes: its defaults, overwritten by those given. */
export const attributesOf = (
  name: ElementFunctionName,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => ({ ...elementFunctions[name].attributes, ...given });

const truth = (value: boolean): number => (value ? 1 : 0);

const pairs = {
  and: (a, b) => truth(a !== 0 && b !== 0),
  divide: (a, b) => a / b,
  equal: (a, b) => truth(a === b),
  greater: (a, b) => truth(a > b),
  greaterOrEqual: (a, b) => truth(a >= b),
  less: (a, b) => truth(a < b),
  lessOrEqual: (a, b) => truth(a <= b),
  maximum: Math.max,
  minimum: Math.min,
  multiply: (a, b) => a * b,
  or: (a, b) => truth(a !== 0 || b !== 0),
  power: (a, b) => a ** b,
} as const satisfies Readonly<Record<string, (a: number, b: number) => number>>;

export type PairFunctionName = keyof typeof pairs;

export const pairFunctionNames = namesOf(pairs);

/** The functions of two numbers that a node of kind `combine` can apply. True is 1, false is 0, and whatever is not 0 is true. */
export const pairFunctions: Readonly<Record<PairFunctionName, (a: number, b: number) => number>> = pairs;
