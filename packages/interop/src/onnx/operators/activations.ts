import { affine, elementwiseParameter, scalar } from '../affine.js';
import type { Call, Operator, Operators } from '../call.js';
import { attributeOf, constantOf, float, inputOf, int, isBatched, refuse, text, viewOf } from '../call.js';
import { applied, combined, site, sumOf } from '../element-wise.js';
import { anyLayout } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxArray, OnnxView } from '../value.js';
import { array, broadcastShape } from '../value.js';

/** Whether a slope is one that a LeakyReLU of the method can have. */
const isSlope = (slope: number): boolean => slope > 0 && slope <= 1;

/** relu(x) − a·relu(−x): two sites, for slopes that differ or that no site has. */
function twoSided(call: Call, view: OnnxView, slope: OnnxArray): OnnxView {
  const above = site(call, view, 'relu', {}, {}, 'above');
  const below = site(call, affine(call, view, { factor: scalar(-1) }), 'relu', {}, {}, 'below');
  const factor = array(
    slope.shape,
    Float64Array.from(slope.data, (value) => -value),
    'float',
  );
  return sumOf(call, [above, affine(call, below, { factor })]);
}

const relu: Operator = (call) => {
  const value = inputOf(call, 0);
  return value.kind === 'view' ? site(call, value, 'relu') : applied(call, value, 'relu');
};

const leakyRelu: Operator = (call) => {
  const value = inputOf(call, 0);
  const slope = float(call, 'alpha', 0.01);
  if (value.kind === 'array') return applied(call, value, 'leakyRelu', { alpha: slope });
  if (slope === 0) return site(call, value, 'relu');
  return isSlope(slope) ? site(call, value, 'leaky-relu', { slope }) : twoSided(call, value, scalar(slope));
};

const prelu: Operator = (call) => {
  const view = viewOf(call, 0);
  const given = constantOf(call, 1, 'slopes');
  const [first = 0] = given.data;
  if (given.data.every((slope) => slope === first) && isSlope(first))
    return site(call, view, 'leaky-relu', { slope: first });
  // Before opset 7, and as some exporters still write it: one for each channel, the second axis.
  const channels = view.shape[1] ?? 1;
  const isVector = given.shape.length === 1 && given.data.length === channels && view.shape.length > 2;
  const slopes =
    isVector && (call.opset < 7 || broadcastShape(given.shape, view.shape)?.join() !== view.shape.join())
      ? { ...given, shape: [channels, ...Array<number>(view.shape.length - 2).fill(1)] }
      : given;
  if (broadcastShape(slopes.shape, view.shape)?.join() !== view.shape.join()) {
    if (isBatched(call, view)) throw new MixesBatch();
    return refuse(`its slopes [${slopes.shape.join(', ')}] do not broadcast to its input [${view.shape.join(', ')}]`);
  }
  return twoSided(call, view, slopes);
};

/** θ·clip(⌊x·L/θ + ½⌋/L, lowest, 1), which `encodeOnnx` writes as seven operators: see own-activations.ts. */
const onGrid: Operator = (call) => {
  const view = viewOf(call, 0);
  const slope = float(call, 'slope', 0);
  const placed = anyLayout(call.draft, view);
  const constant = constantOf(call, 1, 'threshold');
  const threshold = elementwiseParameter(
    call,
    'threshold',
    placed,
    view,
    constant,
    constant.name ?? `${call.node.name}.threshold`,
  );
  const levels = int(call, 'levels', 1);
  return slope === 0
    ? site(call, view, 'quant-clip', { levels }, { threshold })
    : site(call, view, 'leaky-quant-clip', { levels, slope }, { threshold });
};

/** min(relu(x), θ) with a θ for each channel or element. */
const clipTo: Operator = (call) => {
  const view = viewOf(call, 0);
  const constant = constantOf(call, 1, 'threshold');
  const placed = anyLayout(call.draft, view);
  return site(
    call,
    view,
    'clip',
    {},
    {
      threshold: elementwiseParameter(
        call,
        'threshold',
        placed,
        view,
        constant,
        constant.name ?? `${call.node.name}.threshold`,
      ),
    },
  );
};

/** x above a threshold, otherwise 0: a jump, which no site makes. */
const thresholdedRelu: Operator = (call) => {
  const view = viewOf(call, 0);
  const isAbove = applied(call, affine(call, view, { offset: scalar(-float(call, 'alpha', 1)) }), 'step');
  return combined(call, 'multiply', view, isAbove);
};

type Applied = Parameters<typeof applied>;

const unary =
  (
    name: Applied[2],
    attributes: (call: Call) => Readonly<Record<string, number>> = () => ({}),
    elements?: Applied[4],
  ): Operator =>
  (call) => {
    const value = inputOf(call, 0);
    return applied(call, value, name, attributes(call), elements ?? value.elements);
  };

/** Attributes that the function has under the same names; those that are absent have its defaults. */
const floats =
  (...names: readonly string[]) =>
  (call: Call): Readonly<Record<string, number>> =>
    Object.fromEntries(
      names.flatMap((name) => (attributeOf(call, name) === undefined ? [] : [[name, float(call, name, 0)]])),
    );

export const activations: Operators = {
  Relu: relu,
  LeakyRelu: leakyRelu,
  PRelu: prelu,
  'rheobase.grid': onGrid,
  'rheobase.clip': clipTo,
  'rheobase.silu': unary('silu'),
  'rheobase.mish': unary('mish'),
  Sigmoid: unary('sigmoid'),
  Tanh: unary('tanh'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Reciprocal: unary('reciprocal'),
  Abs: unary('abs'),
  Acos: unary('acos'),
  Acosh: unary('acosh'),
  Asin: unary('asin'),
  Asinh: unary('asinh'),
  Atan: unary('atan'),
  Atanh: unary('atanh'),
  Celu: unary('celu', floats('alpha')),
  Cosh: unary('cosh'),
  Sinh: unary('sinh'),
  Tan: unary('tan'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Erf: unary('erf'),
  Softplus: unary('softplus'),
  Softsign: unary('softsign'),
  Sign: unary('sign'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  HardSigmoid: unary('hardsigmoid', floats('alpha', 'beta')),
  HardSwish: unary('hardswish'),
  Mish: unary('mish'),
  Elu: unary('elu', floats('alpha')),
  Selu: unary('selu', floats('alpha', 'gamma')),
  Gelu: (call) => unary('gelu', () => ({ tanh: Number(text(call, 'approximate', 'none') === 'tanh') }))(call),
  ThresholdedRelu: thresholdedRelu,
  Dropout: (call) => {
    const training = call.inputs[2];
    if (training !== undefined && !(training.kind === 'array' && training.data[0] === 0))
      return refuse('it drops values in training mode');
    return call.reads(1) ? refuse('its mask is read') : inputOf(call, 0);
  },
};
