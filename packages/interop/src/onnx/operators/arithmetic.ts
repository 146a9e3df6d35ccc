import { affine, scalar } from '../affine.js';
import type { Call, Operator, Operators } from '../call.js';
import { inputOf, int, refuse } from '../call.js';
import { applied, broadcastTogether, combined, sumOf } from '../element-wise.js';
import type { ElementKind, OnnxArray, OnnxValueOf, OnnxView } from '../value.js';
import { array, broadcastPlaces, broadcastShape, checkedSize } from '../value.js';
import { clipped } from './clip.js';

type Scalar = (a: number, b: number) => number;

/** An operator of two values: on numbers, and where a value depends on the network's input. */
interface Binary {
  readonly apply: Scalar;
  /** Default: that of the inputs. */
  readonly elements?: ElementKind;
  compute(call: Call, a: OnnxValueOf, b: OnnxValueOf): OnnxView;
}

/** Both inputs by the rules of broadcasting, those before opset 7 included: `axis` says where the second one's first axis is in the first's. */
function operands(call: Call): readonly [OnnxValueOf, OnnxValueOf] {
  const [a, b] = [inputOf(call, 0), inputOf(call, 1)];
  if (call.opset >= 7 || int(call, 'broadcast', 0) === 0) return [a, b];
  const axis = int(call, 'axis', a.shape.length - b.shape.length);
  const after = a.shape.length - (axis < 0 ? axis + a.shape.length : axis) - b.shape.length;
  return [a, { ...b, shape: [...b.shape, ...Array<number>(Math.max(after, 0)).fill(1)] }];
}

function ofConstants(apply: Scalar, a: OnnxArray, b: OnnxArray, elements: ElementKind): OnnxArray {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined)
    return refuse(`its inputs [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not broadcast`);
  checkedSize(shape);
  const [fromA, fromB] = [broadcastPlaces(a.shape, shape), broadcastPlaces(b.shape, shape)];
  const data = Float64Array.from(fromA, (at, i) => apply(a.data[at] ?? 0, b.data[fromB[i] ?? 0] ?? 0));
  return array(shape, data, elements);
}

function binary({ apply, elements, compute }: Binary): Operator {
  return (call) => {
    const [a, b] = operands(call);
    const kind = elements ?? (a.elements === 'integer' && b.elements === 'integer' ? 'integer' : 'float');
    if (a.kind === 'array' && b.kind === 'array') return ofConstants(apply, a, b, kind);
    const [left, right] = broadcastTogether(call, [a, b]);
    if (left === undefined || right === undefined) return refuse('it has fewer than two inputs');
    return { ...compute(call, left, right), elements: kind };
  };
}

const mapped = (constant: OnnxArray, change: (value: number) => number): OnnxArray =>
  array(constant.shape, Float64Array.from(constant.data, change), constant.elements);

/** Applies a function to a view and a constant, in whichever order, or to two views. */
function commutative(
  withConstant: (call: Call, view: OnnxView, constant: OnnxArray) => OnnxView,
  ofViews: (call: Call, a: OnnxView, b: OnnxView) => OnnxView,
) {
  return (call: Call, a: OnnxValueOf, b: OnnxValueOf): OnnxView => {
    if (a.kind === 'view') return b.kind === 'view' ? ofViews(call, a, b) : withConstant(call, a, b);
    return b.kind === 'view' ? withConstant(call, b, a) : refuse('both of its inputs are constants');
  };
}

const add: Binary = {
  apply: (a, b) => a + b,
  compute: commutative(
    (call, view, offset) => affine(call, view, { offset }),
    (call, a, b) => sumOf(call, [a, b]),
  ),
};

const negated = (call: Call, value: OnnxValueOf): OnnxValueOf =>
  value.kind === 'view' ? affine(call, value, { factor: scalar(-1) }) : mapped(value, (x) => -x);

const multiply: Binary = {
  apply: (a, b) => a * b,
  compute: commutative(
    (call, view, factor) => affine(call, view, { factor }),
    (call, a, b) => combined(call, 'multiply', a, b),
  ),
};

const divide: Binary = {
  apply: (a, b) => a / b,
  compute: (call, a, b) => {
    if (a.elements === 'integer' && b.elements === 'integer') return refuse('it divides integers, which truncates');
    if (b.kind === 'view') {
      if (a.kind === 'view') return combined(call, 'divide', a, b);
      const inverse = applied(call, b, 'reciprocal');
      return multiply.compute(call, a, inverse);
    }
    if (b.data.includes(0)) return refuse('it divides by a constant with a 0 in it');
    return multiply.compute(
      call,
      a,
      mapped(b, (value) => 1 / value),
    );
  },
};

const power: Binary = {
  apply: (a, b) => a ** b,
  compute: (call, a, b) => {
    if (a.kind === 'view' && b.kind === 'array' && b.data.length === 1) {
      const [exponent = 1] = b.data;
      if (exponent === 1) return a;
      return viewIn(exponent === 0.5 ? applied(call, a, 'sqrt') : applied(call, a, 'power', { exponent }));
    }
    return combined(call, 'power', a, b);
  },
};

function viewIn(value: OnnxValueOf): OnnxView {
  return value.kind === 'view' ? value : refuse('it is constant');
}

const extreme = (name: 'maximum' | 'minimum'): Binary => ({
  apply: name === 'maximum' ? Math.max : Math.min,
  compute: commutative(
    (call, view, constant) => {
      const [limit = 0] = constant.data;
      if (constant.data.length !== 1) return combined(call, name, view, constant);
      return name === 'maximum'
        ? clipped(call, view, limit, Number.POSITIVE_INFINITY)
        : clipped(call, view, Number.NEGATIVE_INFINITY, limit);
    },
    (call, a, b) => combined(call, name, a, b),
  ),
});

const compared = (name: Parameters<typeof combined>[1], apply: (a: number, b: number) => boolean): Operator =>
  binary({
    apply: (a, b) => Number(apply(a, b)),
    elements: 'boolean',
    compute: (call, a, b) => combined(call, name, a, b, 'boolean'),
  });

const constantsOnly = (apply: Scalar): Operator =>
  binary({ apply, compute: () => refuse('it is read only where both of its inputs are constants') });

/** An operator of any number of values that is one of two, again and again. */
const variadic =
  (rule: Binary): Operator =>
  (call) =>
    call.inputs
      .map((_, index) => inputOf(call, index))
      .reduce((sum, value) => one(binary(rule)({ ...call, inputs: [sum, value] })));

function one(values: OnnxValueOf | readonly OnnxValueOf[]): OnnxValueOf {
  const [first] = [values].flat();
  return first ?? refuse('it has no value');
}

const sum: Operator = (call) => {
  const values = call.inputs.map((_, index) => inputOf(call, index));
  const all = broadcastTogether(call, values);
  const views = all.filter((value) => value.kind === 'view');
  const constants = values.filter((value) => value.kind === 'array');
  const constant =
    constants.length === 0 ? undefined : constants.reduce((a, b) => ofConstants(add.apply, a, b, 'float'));
  if (views.length === 0) return constant ?? refuse('it has no inputs');
  const total = sumOf(call, views);
  return constant === undefined ? total : affine(call, total, { offset: constant });
};

const mean: Operator = (call) => {
  const total = one(sum(call));
  const factor = scalar(1 / call.inputs.length);
  return total.kind === 'view' ? affine(call, total, { factor }) : ofConstants(multiply.apply, total, factor, 'float');
};

/** y = x where the condition holds, and another x elsewhere. */
const where: Operator = (call) => {
  const values = [0, 1, 2].map((index) => inputOf(call, index));
  const [condition, yes, no] = values;
  if (condition === undefined || yes === undefined || no === undefined) return refuse('it has fewer than three inputs');
  if (condition.kind === 'array' && yes.kind === 'array' && no.kind === 'array') {
    const shape = broadcastShape(condition.shape, yes.shape, no.shape);
    if (shape === undefined) return refuse('its inputs do not broadcast to one shape');
    checkedSize(shape);
    const [c, y, n] = [condition, yes, no].map((value) => broadcastPlaces(value.shape, shape));
    const data = Float64Array.from({ length: c?.length ?? 0 }, (_, i) =>
      (condition.data[c?.[i] ?? 0] ?? 0) === 0 ? (no.data[n?.[i] ?? 0] ?? 0) : (yes.data[y?.[i] ?? 0] ?? 0),
    );
    return array(shape, data, yes.elements);
  }
  const like = broadcastTogether(call, values).find((value) => value.kind === 'view');
  if (like?.kind !== 'view') return refuse('it is constant');
  const [inverse] = [condition.kind === 'array' ? mapped(condition, (x) => Number(x === 0)) : not(call, condition)];
  const chosen = (mask: OnnxValueOf, value: OnnxValueOf): OnnxValueOf => {
    // A constant that is not finite, as in attention masks, would make 0·∞ of what is not chosen.
    if (value.kind === 'array' && value.data.some((x) => !Number.isFinite(x))) {
      return refuse('it chooses a constant that is not finite');
    }
    return one(binary(multiply)({ ...call, inputs: [mask, value] }));
  };
  return one(binary(add)({ ...call, inputs: [chosen(condition, yes), chosen(inverse, no)] }));
};

function not(call: Call, value: OnnxValueOf): OnnxValueOf {
  if (value.kind === 'array') return { ...mapped(value, (x) => Number(x === 0)), elements: 'boolean' };
  return { ...affine(call, value, { factor: scalar(-1), offset: scalar(1) }), elements: 'boolean' };
}

export const arithmetic: Operators = {
  Add: binary(add),
  Sub: binary({
    apply: (a, b) => a - b,
    compute: (call, a, b) => add.compute(call, a, negated(call, b)),
  }),
  Mul: binary(multiply),
  Div: (call) => {
    const [a, b] = operands(call);
    const isWhole = a.kind === 'array' && b.kind === 'array' && a.elements === 'integer' && b.elements === 'integer';
    return binary(isWhole ? { ...divide, apply: (x, y) => Math.trunc(x / y) } : divide)(call);
  },
  Pow: binary(power),
  Max: variadic(extreme('maximum')),
  Min: variadic(extreme('minimum')),
  Sum: sum,
  Mean: mean,
  Neg: (call) => negated(call, inputOf(call, 0)),
  Equal: compared('equal', (a, b) => a === b),
  Greater: compared('greater', (a, b) => a > b),
  GreaterOrEqual: compared('greaterOrEqual', (a, b) => a >= b),
  Less: compared('less', (a, b) => a < b),
  LessOrEqual: compared('lessOrEqual', (a, b) => a <= b),
  And: compared('and', (a, b) => a !== 0 && b !== 0),
  Or: compared('or', (a, b) => a !== 0 || b !== 0),
  Xor: binary({
    apply: (a, b) => Number((a !== 0) !== (b !== 0)),
    elements: 'boolean',
    compute: (call, a, b) => viewIn(not(call, combined(call, 'equal', a, b, 'boolean'))),
  }),
  Not: (call) => not(call, inputOf(call, 0)),
  Mod: (call) =>
    constantsOnly(int(call, 'fmod', 0) === 1 ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b))(call),
  Where: where,
};
