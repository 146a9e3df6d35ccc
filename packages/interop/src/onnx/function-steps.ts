import type { CombineNode, ElementFunctionName } from '@rheobase/network';
import type { OnnxAttribute } from './model.js';
import { elementTypes } from './model.js';

/** One operator of a function: it reads the preceding value and then its operands: the function's input, a constant, or nothing. */
export interface FunctionStep {
  readonly type: string;
  readonly operands?: readonly ('input' | number | undefined)[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

type Steps = (attributes: Readonly<Record<string, number>>) => readonly FunctionStep[];

/** One operator, with the function's attributes as its own. */
const only =
  (type: string): Steps =>
  (given) => [
    {
      type,
      attributes: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { float: value }] as const)),
    },
  ];
const always =
  (...steps: readonly FunctionStep[]): Steps =>
  () =>
    steps;
const timesInput: FunctionStep = { type: 'Mul', operands: ['input'] };

const table: Readonly<Record<ElementFunctionName, Steps>> = {
  abs: only('Abs'),
  acos: only('Acos'),
  acosh: only('Acosh'),
  asin: only('Asin'),
  asinh: only('Asinh'),
  atan: only('Atan'),
  atanh: only('Atanh'),
  ceil: only('Ceil'),
  celu: only('Celu'),
  clip: ({ min, max }) => [
    { type: 'Clip', operands: [min, max].map((limit) => (Number.isFinite(limit) ? limit : undefined)) },
  ],
  cos: only('Cos'),
  cosh: only('Cosh'),
  elu: only('Elu'),
  erf: only('Erf'),
  exp: only('Exp'),
  floor: only('Floor'),
  gelu: ({ tanh }) => [
    ...(tanh === 0
      ? [{ type: 'Mul', operands: [Math.SQRT1_2] }, { type: 'Erf' }]
      : [
          timesInput,
          { type: 'Mul', operands: [0.044715] },
          { type: 'Add', operands: [1] },
          timesInput,
          { type: 'Mul', operands: [Math.sqrt(2 / Math.PI)] },
          { type: 'Tanh' },
        ]),
    { type: 'Add', operands: [1] },
    timesInput,
    { type: 'Mul', operands: [0.5] },
  ],
  hardsigmoid: only('HardSigmoid'),
  hardswish: only('HardSwish'),
  leakyRelu: only('LeakyRelu'),
  log: only('Log'),
  mish: always({ type: 'Softplus' }, { type: 'Tanh' }, timesInput),
  power: ({ exponent }) => [{ type: 'Pow', operands: [exponent] }],
  reciprocal: only('Reciprocal'),
  relu: only('Relu'),
  round: only('Round'),
  selu: only('Selu'),
  sigmoid: only('Sigmoid'),
  sign: only('Sign'),
  silu: always({ type: 'Sigmoid' }, timesInput),
  sin: only('Sin'),
  sinh: only('Sinh'),
  softplus: only('Softplus'),
  softsign: only('Softsign'),
  sqrt: only('Sqrt'),
  step: always({ type: 'Greater', operands: [0] }, { type: 'Cast', attributes: { to: elementTypes.float32 } }),
  tan: only('Tan'),
  tanh: only('Tanh'),
};

/** The operators of ONNX that compute a function, each on the value of the one before. */
export const functionSteps = (
  name: ElementFunctionName,
  attributes: Readonly<Record<string, number>>,
): readonly FunctionStep[] => table[name](attributes);

/** ONNX' operator for a function of two values, and which of its values are booleans there. */
export const pairOperators: Readonly<
  Record<CombineNode['function'], { readonly type: string; readonly truths: 'none' | 'result' | 'both' }>
> = {
  and: { type: 'And', truths: 'both' },
  divide: { type: 'Div', truths: 'none' },
  equal: { type: 'Equal', truths: 'result' },
  greater: { type: 'Greater', truths: 'result' },
  greaterOrEqual: { type: 'GreaterOrEqual', truths: 'result' },
  less: { type: 'Less', truths: 'result' },
  lessOrEqual: { type: 'LessOrEqual', truths: 'result' },
  maximum: { type: 'Max', truths: 'none' },
  minimum: { type: 'Min', truths: 'none' },
  multiply: { type: 'Mul', truths: 'none' },
  or: { type: 'Or', truths: 'both' },
  power: { type: 'Pow', truths: 'none' },
};
