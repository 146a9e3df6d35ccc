import { startTensorBackend } from '@rheobase/execution';
import { beforeAll, describe, it } from 'vitest';
import { expectAgreement } from './agreement.fixture.js';
import { elementTypes } from './model.js';
import type { SmallModel, SmallNode } from './models.fixture.js';
import { float } from './models.fixture.js';

beforeAll(() => startTensorBackend());

/** One operator on an image of 3 channels. */
const one = (
  type: string,
  attributes: SmallNode[3] = {},
  {
    shape = [1, 4, 6, 5],
    constants = {},
    opset = 17,
    more = Object.keys(constants),
  }: {
    readonly shape?: readonly number[];
    readonly constants?: SmallModel['constants'];
    readonly opset?: number;
    readonly more?: readonly string[];
  } = {},
): SmallModel => ({
  opset,
  inputs: { x: shape },
  outputs: ['y'],
  constants,
  nodes: [[type, ['x', ...more], ['y'], attributes]],
});

const kernel = (...random: number[]) => ({ random });

describe('an operator computes what onnxruntime computes', () => {
  const cases: Readonly<Record<string, SmallModel>> = {
    'Conv of one axis': one(
      'Conv',
      { pads: [2, 1], strides: [2], dilations: [2] },
      { shape: [1, 3, 11], constants: { w: kernel(4, 3, 3), b: kernel(4) } },
    ),
    'Conv with every attribute': one(
      'Conv',
      { pads: [1, 0, 2, 1], strides: [2, 1], dilations: [1, 2], group: 2 },
      { constants: { w: kernel(6, 2, 3, 2), b: kernel(6) } },
    ),
    'Conv with several filters a channel': one(
      'Conv',
      { group: 4, pads: [1, 1, 1, 1] },
      { constants: { w: kernel(8, 1, 3, 3) } },
    ),
    'Conv SAME_UPPER': one(
      'Conv',
      { auto_pad: 'SAME_UPPER', strides: [2, 2] },
      { constants: { w: kernel(2, 4, 3, 2) } },
    ),
    'Conv SAME_LOWER': one(
      'Conv',
      { auto_pad: 'SAME_LOWER', strides: [2, 2] },
      { constants: { w: kernel(2, 4, 2, 3) } },
    ),
    'Conv VALID': one('Conv', { auto_pad: 'VALID' }, { constants: { w: kernel(2, 4, 3, 3) } }),
    ConvTranspose: one('ConvTranspose', {}, { constants: { w: kernel(4, 3, 3, 2), b: kernel(3) } }),
    'ConvTranspose with strides and padding': one(
      'ConvTranspose',
      { strides: [2, 3], pads: [1, 0, 0, 1] },
      { constants: { w: kernel(4, 3, 3, 4) } },
    ),
    'ConvTranspose with output_padding': one(
      'ConvTranspose',
      { strides: [3, 2], pads: [1, 1, 1, 1], output_padding: [2, 1] },
      { constants: { w: kernel(4, 3, 3, 3) } },
    ),
    'ConvTranspose in groups, dilated': one(
      'ConvTranspose',
      { strides: [2, 1], dilations: [2, 3], group: 2, pads: [2, 1, 1, 2] },
      { constants: { w: kernel(4, 3, 3, 2), b: kernel(6) } },
    ),
    'ConvTranspose with more padding than its kernel': one(
      'ConvTranspose',
      { strides: [2, 2], pads: [2, 3, 2, 1] },
      { constants: { w: kernel(4, 2, 2, 2) } },
    ),
    'ConvTranspose to a shape': one(
      'ConvTranspose',
      { strides: [2, 2], output_shape: [11, 10] },
      { constants: { w: kernel(4, 2, 3, 3) } },
    ),
    'ConvTranspose to a larger shape': one(
      'ConvTranspose',
      { strides: [3, 2], output_shape: [10, 8] },
      { shape: [1, 4, 3, 3], constants: { w: kernel(4, 2, 3, 3) } },
    ),
    ThresholdedRelu: one('ThresholdedRelu', { alpha: float(0.3) }),
    'ConvTranspose SAME_UPPER': one(
      'ConvTranspose',
      { strides: [2, 2], auto_pad: 'SAME_UPPER' },
      { constants: { w: kernel(4, 2, 3, 3) } },
    ),
    'ConvTranspose SAME_LOWER': one(
      'ConvTranspose',
      { strides: [2, 2], auto_pad: 'SAME_LOWER' },
      { constants: { w: kernel(4, 2, 3, 3) } },
    ),
    'ConvTranspose of one axis': one(
      'ConvTranspose',
      { strides: [2], pads: [1, 1] },
      { shape: [1, 4, 7], constants: { w: kernel(4, 2, 4) } },
    ),
    'ConvTranspose whose windows do not overlap': one(
      'ConvTranspose',
      { strides: [2, 2], kernel_shape: [2, 2] },
      { constants: { w: kernel(4, 3, 2, 2), b: kernel(3) } },
    ),
    MaxPool: one('MaxPool', { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }),
    'MaxPool with ceil_mode': one('MaxPool', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    'MaxPool with ceil_mode and a window that begins in the padding': one('MaxPool', {
      kernel_shape: [2, 2],
      strides: [3, 3],
      pads: [1, 1, 1, 1],
      ceil_mode: 1,
    }),
    'MaxPool dilated': one('MaxPool', { kernel_shape: [2, 2], dilations: [2, 3], pads: [1, 1, 1, 1] }),
    'MaxPool SAME_LOWER': one('MaxPool', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }),
    'MaxPool of one axis': one('MaxPool', { kernel_shape: [3], strides: [2], pads: [1, 1] }, { shape: [1, 3, 9] }),
    AveragePool: one('AveragePool', { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }),
    'AveragePool that counts its padding': one('AveragePool', {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      count_include_pad: 1,
    }),
    'AveragePool with ceil_mode': one('AveragePool', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    'AveragePool with ceil_mode that counts its padding': one('AveragePool', {
      kernel_shape: [3, 2],
      strides: [2, 3],
      pads: [1, 1, 1, 1],
      ceil_mode: 1,
      count_include_pad: 1,
    }),
    'AveragePool dilated': one(
      'AveragePool',
      { kernel_shape: [2, 2], dilations: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
      { opset: 19 },
    ),
    'AveragePool SAME_UPPER': one('AveragePool', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    GlobalAveragePool: one('GlobalAveragePool'),
    GlobalMaxPool: one('GlobalMaxPool'),
    'GlobalAveragePool of one axis': one('GlobalAveragePool', {}, { shape: [1, 3, 8] }),
    'ReduceMean over space': one('ReduceMean', { axes: [2, 3], keepdims: 0 }),
    'ReduceMean over channels': one('ReduceMean', { axes: [1] }),
    'ReduceMean over rows': one('ReduceMean', { axes: [-2] }),
    'ReduceMean with axes as input': one('ReduceMean', { keepdims: 0 }, { opset: 18, constants: { axes: [-1, 2] } }),
    'ReduceSum over space': one('ReduceSum', { keepdims: 0 }, { constants: { axes: [2, 3] } }),
    'ReduceSum of all': one('ReduceSum', { keepdims: 0 }),
    'ReduceSum of nothing': one('ReduceSum', { noop_with_empty_axes: 1 }),
    'ReduceMax over columns': one('ReduceMax', { axes: [3], keepdims: 0 }),
    'ReduceMin over channels': one('ReduceMin', { axes: [1] }),
    ReduceL1: one('ReduceL1', { axes: [1] }),
    ReduceL2: one('ReduceL2', { axes: [1] }),
    ReduceSumSquare: one('ReduceSumSquare', { axes: [2, 3] }),
    ReduceLogSumExp: one('ReduceLogSumExp', { axes: [1] }),
    BatchNormalization: one(
      'BatchNormalization',
      { epsilon: float(0.01) },
      { constants: { s: kernel(4), o: kernel(4), m: kernel(4), v: { random: [4], low: 0.5, high: 2 } } },
    ),
    'BatchNormalization of a sequence': one(
      'BatchNormalization',
      {},
      {
        shape: [1, 4, 7],
        constants: { s: kernel(4), o: kernel(4), m: kernel(4), v: { random: [4], low: 0.5, high: 2 } },
      },
    ),
    'BatchNormalization of a vector': one(
      'BatchNormalization',
      {},
      { shape: [1, 4], constants: { s: kernel(4), o: kernel(4), m: kernel(4), v: { random: [4], low: 0.5, high: 2 } } },
    ),
    'PRelu with one slope': one('PRelu', {}, { constants: { a: { floats: [0.3], shape: [1] } } }),
    'PRelu with a slope for each channel': one(
      'PRelu',
      {},
      { constants: { a: { random: [4, 1, 1], low: -0.5, high: 1.5 } } },
    ),
    'LeakyRelu with a slope above 1': one('LeakyRelu', { alpha: float(1.5) }),
    'Clip to 6': one('Clip', {}, { constants: { low: { floats: [0], shape: [] }, high: { floats: [6], shape: [] } } }),
    'Clip to ±0.5': one(
      'Clip',
      {},
      { constants: { low: { floats: [-0.5], shape: [] }, high: { floats: [0.5], shape: [] } } },
    ),
    'Clip from below': one('Clip', {}, { constants: { low: { floats: [0.25], shape: [] } } }),
    'Clip from above': one('Clip', {}, { more: ['', 'high'], constants: { high: { floats: [0.25], shape: [] } } }),
    'Gemm of a transposed matrix': one(
      'Gemm',
      { transB: 1, alpha: float(0.5), beta: float(2) },
      { shape: [1, 7], constants: { w: kernel(3, 7), c: kernel(1, 3) } },
    ),
    'MatMul of rows': one('MatMul', {}, { shape: [1, 5, 7], constants: { w: kernel(7, 3) } }),
    'MatMul of an image': one('MatMul', {}, { constants: { w: kernel(5, 3) } }),
    'Mul by a constant for each element': one('Mul', {}, { constants: { c: kernel(4, 6, 5) } }),
    'Add of a constant for each column': one('Add', {}, { constants: { c: kernel(5) } }),
    'Sub of a number': one('Sub', {}, { constants: { c: { floats: [0.5], shape: [] } } }),
    'Div by a constant for each channel': one(
      'Div',
      {},
      { constants: { c: { random: [1, 4, 1, 1], low: 1, high: 2 } } },
    ),
    Pow: one('Pow', {}, { constants: { c: { floats: [2], shape: [] } } }),
    'Max with constants for each channel': one('Max', {}, { constants: { c: kernel(4, 1, 1) } }),
    'Min with a number': one('Min', {}, { constants: { c: { floats: [0.1], shape: [] } } }),
    'Softmax over channels': one('Softmax', { axis: 1 }),
    'Softmax over the last axis by default': one('Softmax'),
    'Softmax over several axes, before opset 13': one('Softmax', { axis: 2 }, { opset: 12 }),
    'Softmax over rows': one('Softmax', { axis: 2 }),
    LogSoftmax: one('LogSoftmax', { axis: 1 }),
    Transpose: one('Transpose', { perm: [0, 2, 1, 3] }),
    Reshape: one('Reshape', {}, { constants: { s: [0, 2, -1] } }),
    Flatten: one('Flatten', { axis: 2 }),
    Squeeze: one('Squeeze', {}, { shape: [1, 4, 1, 5], constants: { axes: [2] } }),
    Unsqueeze: one('Unsqueeze', {}, { shape: [1, 5], constants: { axes: [1, -1] } }),
    'Slice backwards': one('Slice', {}, { constants: { s: [-1, 4], e: [-9, 1], a: [2, 3], step: [-2, -1] } }),
    'Slice of channels': one('Slice', {}, { constants: { s: [1], e: [9], a: [1] } }),
    Gather: one('Gather', { axis: 1 }, { constants: { i: [2, 0, -1] } }),
    Expand: one('Expand', {}, { shape: [1, 4, 1, 1], constants: { s: [1, 1, 3, 2] } }),
    Tile: one('Tile', {}, { constants: { r: [1, 2, 1, 3] } }),
    Pad: one('Pad', {}, { constants: { p: [0, 1, 2, 0, 0, 0, 1, 2] } }),
    'Pad with a value': one(
      'Pad',
      {},
      { constants: { p: [0, 0, 1, 1, 0, 0, 1, 1], v: { floats: [-0.7], shape: [] } } },
    ),
    'Pad by reflection': one('Pad', { mode: 'reflect' }, { constants: { p: [0, 0, 2, 3, 0, 0, 4, 1] } }),
    'Pad with the edge': one('Pad', { mode: 'edge' }, { constants: { p: [0, 0, 2, 1, 0, 0, 0, 2] } }),
    'Pad around': one('Pad', { mode: 'wrap' }, { opset: 19, constants: { p: [0, 0, 2, 1, 0, 0, 0, 2] } }),
    'Pad that cuts off': one('Pad', {}, { constants: { p: [0, 0, -1, 1, 0, 0, 0, -2] } }),
    'Pad along named axes': one(
      'Pad',
      {},
      { opset: 18, more: ['p', '', 'a'], constants: { p: [1, 2, 0, 1], a: [3, -2] } },
    ),
    DepthToSpace: one('DepthToSpace', { blocksize: 2 }),
    'DepthToSpace by columns': one('DepthToSpace', { blocksize: 2, mode: 'CRD' }),
    SpaceToDepth: one('SpaceToDepth', { blocksize: 2 }, { shape: [1, 3, 4, 6] }),
    'Resize, nearest': one(
      'Resize',
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      { more: ['', 's'], constants: { s: { floats: [1, 1, 2, 3] } } },
    ),
    'Resize, nearest at half pixels': one(
      'Resize',
      { mode: 'nearest' },
      { more: ['', 's'], constants: { s: { floats: [1, 1, 1.5, 2.2] } } },
    ),
    'Resize, nearest, smaller': one(
      'Resize',
      { mode: 'nearest', nearest_mode: 'round_prefer_ceil', coordinate_transformation_mode: 'align_corners' },
      { more: ['', '', 'z'], constants: { z: [1, 4, 3, 4] } },
    ),
    'Resize, bilinear': one(
      'Resize',
      { mode: 'linear' },
      { more: ['', 's'], constants: { s: { floats: [1, 1, 2, 2] } } },
    ),
    'Resize, bilinear with aligned corners': one(
      'Resize',
      { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
      { more: ['', '', 'z'], constants: { z: [1, 4, 9, 11] } },
    ),
    'Resize, bilinear, smaller': one(
      'Resize',
      { mode: 'linear', coordinate_transformation_mode: 'asymmetric' },
      { more: ['', '', 'z'], constants: { z: [1, 4, 4, 3] } },
    ),
    'Resize, bilinear by a fraction': one(
      'Resize',
      { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
      { more: ['', 's'], constants: { s: { floats: [1, 1, 1.7, 0.6] } } },
    ),
    'Resize, cubic': one(
      'Resize',
      { mode: 'cubic', cubic_coeff_a: float(-0.5) },
      { more: ['', 's'], constants: { s: { floats: [1, 1, 2, 1.5] } } },
    ),
    'Resize along named axes': one(
      'Resize',
      { mode: 'linear', axes: [2, 3] },
      { opset: 18, more: ['', '', 'z'], constants: { z: [12, 7] } },
    ),
    Upsample: one('Upsample', { mode: 'nearest' }, { opset: 9, constants: { s: { floats: [1, 1, 2, 2] } } }),
    ArgMax: { ...one('ArgMax', { axis: 1 }), outputTypes: { y: elementTypes.int64 } },
    ArgMin: { ...one('ArgMin', { axis: 3, keepdims: 0 }), outputTypes: { y: elementTypes.int64 } },
    'Mean of one': one('Mean'),
  };
  it.each([
    'Relu',
    'Sigmoid',
    'Tanh',
    'Exp',
    'Abs',
    'Neg',
    'Floor',
    'Ceil',
    'Round',
    'Erf',
    'Softplus',
    'Softsign',
    'Sign',
    'Sin',
    'Cos',
    'HardSigmoid',
    'HardSwish',
    'Elu',
    'Selu',
    'Celu',
    'LeakyRelu',
    'Atan',
    'Identity',
  ])('%s', async (name) => {
    await expectAgreement(one(name));
  });
  it.each(['Gelu', 'Mish'])('%s', async (name) => {
    await expectAgreement(one(name, {}, { opset: 20 }));
  });
  it('Gelu by tanh', async () => {
    await expectAgreement(one('Gelu', { approximate: 'tanh' }, { opset: 20 }));
  });
  it.each(['Log', 'Sqrt', 'Reciprocal'])('%s', async (name) => {
    await expectAgreement(one(name), { low: 0.5, high: 2 });
  });
  it.each(Object.entries(cases))('%s', async (_, model) => {
    await expectAgreement(model);
  });
});
