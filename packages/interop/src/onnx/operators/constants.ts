import { networkLimits } from '@rheobase/network';
import type { Call, Operator, Operators } from '../call.js';
import { attributeOf, constantOf, inputOf, int, integersIn, isBatched, refuse } from '../call.js';
import { elementKind } from '../tensor.js';
import type { OnnxArray, OnnxValueOf } from '../value.js';
import { array, checkedSize } from '../value.js';
import { cast } from './softmax.js';

const constant: Operator = (call) => {
  const { attributes } = call.node;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'number') return array([], [value], 'integer');
    if (typeof value === 'string') return refuse('it is a text');
    if ('tensor' in value) return call.arrayOf(value.tensor);
    if ('float' in value) return array([], [value.float], 'float');
    if ('floats' in value) return array([value.floats.length], value.floats, 'float');
    if ('other' in value) return refuse(`its attribute '${name}' is ${value.other}`);
    return array([value.length], value, 'integer');
  }
  return refuse('it has no value');
};

const constantOfShape: Operator = (call) => {
  const shape = integersIn(constantOf(call, 0, 'shape'));
  const value = attributeOf(call, 'value');
  const filling =
    typeof value === 'object' && 'tensor' in value ? call.arrayOf(value.tensor) : array([1], [0], 'float');
  return { ...array(shape, new Float64Array(checkedSize(shape)).fill(filling.data[0] ?? 0), filling.elements) };
};

/** What the file says that a value's shape is: with all samples of a batch of which the network computes one. */
const sizesInFile = (call: Call, value: OnnxValueOf): readonly number[] =>
  isBatched(call, value) ? value.shape.with(0, call.batch) : value.shape;

const shape: Operator = (call) => {
  const value = inputOf(call, 0);
  const sides = sizesInFile(call, value).slice(int(call, 'start', 0), int(call, 'end', value.shape.length));
  return array([sides.length], sides, 'integer');
};

const range: Operator = (call) => {
  const [start = 0, limit = 0, step = 1] = [0, 1, 2].map((i) => constantOf(call, i, 'limits').data[0]);
  const length = Math.max(Math.ceil((limit - start) / step), 0);
  if (!(length <= networkLimits.elements))
    return refuse(`its range from ${start} to ${limit} in steps of ${step} is too long`);
  return array(
    [length],
    Float64Array.from({ length }, (_, i) => start + i * step),
    inputOf(call, 0).elements,
  );
};

const nonZero: Operator = (call) => {
  const { shape: sides, data } = constantOf(call, 0, 'input');
  const found = [...data.keys()].filter((i) => data[i] !== 0);
  const along = sides.map((side, axis) => {
    const stride = sides.slice(axis + 1).reduce((size, other) => size * other, 1);
    return found.map((at) => Math.floor(at / stride) % side);
  });
  return array([sides.length, found.length], along.flat(), 'integer');
};

/** Integers of a quantized constant, as the numbers that they stand for. */
const dequantize: Operator = (call) => {
  const value = constantOf(call, 0, 'integers');
  const scale = constantOf(call, 1, 'scale');
  const zero: OnnxArray | undefined = call.inputs[2] === undefined ? undefined : constantOf(call, 2, 'zero point');
  const axis = scale.data.length === 1 ? 0 : int(call, 'axis', 1);
  const own = axis < 0 ? axis + value.shape.length : axis;
  if (scale.data.length > 1 && scale.data.length !== value.shape[own])
    return refuse('its scale is neither one number nor one along an axis');
  const stride = value.shape.slice(own + 1).reduce((size, side) => size * side, 1);
  const at = (i: number): number => (scale.data.length === 1 ? 0 : Math.floor(i / stride) % scale.data.length);
  return array(
    value.shape,
    value.data.map((x, i) => (x - (zero?.data[at(i)] ?? 0)) * (scale.data[at(i)] ?? 1)),
    'float',
  );
};

const castOperator: Operator = (call: Call) =>
  cast(call, inputOf(call, 0), elementKind(int(call, 'to', 1), 'its result'));

export const constants: Operators = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Size: (call) => array([], [checkedSize(sizesInFile(call, inputOf(call, 0)))], 'integer'),
  Range: range,
  NonZero: nonZero,
  DequantizeLinear: dequantize,
  Cast: castOperator,
  CastLike: (call) => cast(call, inputOf(call, 0), inputOf(call, 1).elements),
};
