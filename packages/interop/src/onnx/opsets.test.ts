import { startTensorBackend } from '@rheobase/execution';
import { randomArray } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement } from './agreement.fixture.js';
import { evaluated, relativeError } from './evaluate.fixture.js';
import { importOnnx } from './import-onnx.js';
import type { OnnxTensor } from './model.js';
import { elementTypes } from './model.js';
import type { SmallModel } from './models.fixture.js';
import { float, smallOnnx } from './models.fixture.js';

beforeAll(() => startTensorBackend());

/** What a model computes, on random inputs. */
function computed(model: SmallModel): readonly (readonly number[])[] {
  const imported = importOnnx(smallOnnx(model), 'test.onnx');
  const random = xoroshiro128plus(3);
  const feeds = new Map(
    imported.inputs.map(({ name, order }) => [name, Float32Array.from(randomArray(random, [order.length], -1, 1))]),
  );
  return [...evaluated(imported, feeds).values()].map((values) => [...values]);
}

const image = { x: [1, 3, 4, 4] };
const kernel = { random: [2, 3, 3, 3] };
const norm = { s: { random: [3] }, o: { random: [3] }, m: { random: [3] }, v: { random: [3], low: 0.5, high: 2 } };
const scalar = (value: number) => ({ floats: [value], shape: [] });

describe('old versions of operators', () => {
  it.each<readonly [string, SmallModel, SmallModel]>([
    [
      'Add with broadcast and axis',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        constants: { c: { random: [3] } },
        nodes: [['Add', ['x', 'c'], ['y'], { broadcast: 1, axis: 1 }]],
      },
      { inputs: image, outputs: ['y'], constants: { c: { random: [3, 1, 1] } }, nodes: [['Add', ['x', 'c'], ['y']]] },
    ],
    [
      'Mul with broadcast along two axes',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        constants: { c: { random: [3, 4] } },
        nodes: [['Mul', ['x', 'c'], ['y'], { broadcast: 1, axis: 1 }]],
      },
      { inputs: image, outputs: ['y'], constants: { c: { random: [3, 4, 1] } }, nodes: [['Mul', ['x', 'c'], ['y']]] },
    ],
    [
      'Sub with broadcast along the last axes',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        constants: { c: { random: [4] } },
        nodes: [['Sub', ['x', 'c'], ['y'], { broadcast: 1 }]],
      },
      { inputs: image, outputs: ['y'], constants: { c: { random: [4] } }, nodes: [['Sub', ['x', 'c'], ['y']]] },
    ],
    [
      'BatchNormalization with is_test and spatial',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        constants: norm,
        nodes: [['BatchNormalization', ['x', 's', 'o', 'm', 'v'], ['y'], { is_test: 1, spatial: 1 }]],
      },
      {
        inputs: image,
        outputs: ['y'],
        constants: norm,
        nodes: [['BatchNormalization', ['x', 's', 'o', 'm', 'v'], ['y']]],
      },
    ],
    [
      'PRelu with a slope for each channel',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        constants: { a: { random: [3] } },
        nodes: [['PRelu', ['x', 'a'], ['y']]],
      },
      { inputs: image, outputs: ['y'], constants: { a: { random: [3, 1, 1] } }, nodes: [['PRelu', ['x', 'a'], ['y']]] },
    ],
    [
      'Dropout with is_test',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        nodes: [
          ['Dropout', ['x'], ['d', 'mask'], { is_test: 1 }],
          ['Relu', ['d'], ['y']],
        ],
      },
      { inputs: image, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] },
    ],
    [
      'Gemm with broadcast',
      {
        opset: 6,
        inputs: { x: [1, 4] },
        outputs: ['y'],
        constants: { w: { random: [4, 2] }, c: { random: [2] } },
        nodes: [['Gemm', ['x', 'w', 'c'], ['y'], { broadcast: 1 }]],
      },
      {
        inputs: { x: [1, 4] },
        outputs: ['y'],
        constants: { w: { random: [4, 2] }, c: { random: [2] } },
        nodes: [['Gemm', ['x', 'w', 'c'], ['y']]],
      },
    ],
    [
      'Upsample with scales for rows and columns',
      {
        opset: 6,
        inputs: image,
        outputs: ['y'],
        nodes: [['Upsample', ['x'], ['y'], { height_scale: float(2), width_scale: float(3) }]],
      },
      {
        opset: 9,
        inputs: image,
        outputs: ['y'],
        constants: { s: { floats: [1, 1, 2, 3] } },
        nodes: [['Upsample', ['x', 's'], ['y']]],
      },
    ],
    [
      'Reshape with its shape as an attribute',
      { opset: 6, inputs: image, outputs: ['y'], nodes: [['Reshape', ['x'], ['y'], { shape: [1, 8, 6] }]] },
      { inputs: image, outputs: ['y'], constants: { s: [1, 8, 6] }, nodes: [['Reshape', ['x', 's'], ['y']]] },
    ],
  ])('%s', (_, old, now) => {
    const [wanted, found] = [computed(now), computed(old)];
    expect(wanted).toHaveLength(1);
    expect(relativeError(wanted[0] ?? [], found[0] ?? [])).toBeLessThan(1e-6);
  });

  it.each<readonly [string, SmallModel]>([
    [
      'Upsample, opset 7',
      {
        opset: 7,
        inputs: image,
        outputs: ['y'],
        nodes: [['Upsample', ['x'], ['y'], { scales: { floats: [1, 1, 2, 3] } }]],
      },
    ],
    [
      'Clip, opset 7',
      { opset: 7, inputs: image, outputs: ['y'], nodes: [['Clip', ['x'], ['y'], { min: float(0), max: float(0.5) }]] },
    ],
    [
      'Clip without limits, opset 7',
      {
        opset: 7,
        inputs: image,
        outputs: ['y'],
        nodes: [['Clip', ['x'], ['y'], { min: float(-3.4028234663852886e38), max: float(3.4028234663852886e38) }]],
      },
    ],
    [
      'Pad, opset 7',
      {
        opset: 7,
        inputs: image,
        outputs: ['y'],
        nodes: [['Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: float(0.5) }]],
      },
    ],
    [
      'Slice, opset 7',
      {
        opset: 7,
        inputs: image,
        outputs: ['y'],
        nodes: [['Slice', ['x'], ['y'], { starts: [1, -3], ends: [3, 9999], axes: [2, 3] }]],
      },
    ],
    [
      'Dropout, opset 7',
      { opset: 7, inputs: image, outputs: ['y'], nodes: [['Dropout', ['x'], ['y'], { ratio: float(0.5) }]] },
    ],
    [
      'Split, opset 11',
      {
        opset: 11,
        inputs: { x: [1, 6, 2] },
        outputs: ['y', 'z'],
        nodes: [['Split', ['x'], ['y', 'z'], { axis: 1, split: [4, 2] }]],
      },
    ],
    [
      'Split into even parts, opset 18',
      {
        opset: 18,
        inputs: { x: [1, 5, 2] },
        outputs: ['y', 'z'],
        nodes: [['Split', ['x'], ['y', 'z'], { axis: 1, num_outputs: 2 }]],
      },
    ],
    [
      'Squeeze and Unsqueeze, opset 11',
      {
        opset: 11,
        inputs: { x: [1, 4] },
        outputs: ['y'],
        nodes: [
          ['Unsqueeze', ['x'], ['u'], { axes: [1, 3] }],
          ['Squeeze', ['u'], ['y'], { axes: [3] }],
        ],
      },
    ],
    ['Squeeze of all, opset 17', { inputs: { x: [1, 4, 1] }, outputs: ['y'], nodes: [['Squeeze', ['x'], ['y']]] }],
    [
      'Resize, opset 10',
      {
        opset: 10,
        inputs: image,
        outputs: ['y'],
        constants: { s: { floats: [1, 1, 2, 1.5] } },
        nodes: [['Resize', ['x', 's'], ['y'], { mode: 'nearest' }]],
      },
    ],
    [
      'Resize, linear, opset 10',
      {
        opset: 10,
        inputs: image,
        outputs: ['y'],
        constants: { s: { floats: [1, 1, 2, 1.5] } },
        nodes: [['Resize', ['x', 's'], ['y'], { mode: 'linear' }]],
      },
    ],
    ['Softmax, opset 11', { opset: 11, inputs: { x: [1, 3, 4] }, outputs: ['y'], nodes: [['Softmax', ['x'], ['y']]] }],
    [
      'LogSoftmax, opset 12',
      { opset: 12, inputs: { x: [1, 3, 4] }, outputs: ['y'], nodes: [['LogSoftmax', ['x'], ['y'], { axis: -1 }]] },
    ],
    [
      'Dropout, opset 13',
      {
        opset: 13,
        inputs: image,
        outputs: ['y'],
        constants: { r: scalar(0.5) },
        nodes: [['Dropout', ['x', 'r'], ['y']]],
      },
    ],
    [
      'BatchNormalization, opset 15',
      {
        opset: 15,
        inputs: image,
        outputs: ['y'],
        constants: norm,
        nodes: [['BatchNormalization', ['x', 's', 'o', 'm', 'v'], ['y'], { training_mode: 0 }]],
      },
    ],
    [
      'ReduceMean, opset 22',
      { opset: 22, inputs: image, outputs: ['y'], constants: { a: [1] }, nodes: [['ReduceMean', ['x', 'a'], ['y']]] },
    ],
    [
      'ReduceMax, opset 20',
      { opset: 20, inputs: image, outputs: ['y'], constants: { a: [1] }, nodes: [['ReduceMax', ['x', 'a'], ['y']]] },
    ],
    [
      'Conv and pooling, opset 22',
      {
        opset: 22,
        inputs: image,
        outputs: ['y'],
        constants: { w: kernel },
        nodes: [
          ['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }],
          ['MaxPool', ['c'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] }],
        ],
      },
    ],
    [
      'Pow of integers, opset 13',
      { opset: 13, inputs: image, outputs: ['y'], constants: { e: [2] }, nodes: [['Pow', ['x', 'e'], ['y']]] },
    ],
  ])('%s', async (_, model) => {
    await expectAgreement(model);
  });

  it.each([5, 23])('of opset %s are refused', (opset) => {
    expect(() =>
      importOnnx(smallOnnx({ opset, inputs: image, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] }), 'a.onnx'),
    ).toThrow(`a.onnx: its operators are of ONNX' opset ${opset}; 6 to 22 are read.`);
  });
});

const numbers = [0, 1, -2, 0.5, 1024, -0.25];

/** Numbers as the upper bits of floats: exact for all of {@link numbers}. */
function bits(kind: 'half' | 'brain'): Uint16Array {
  return Uint16Array.from(numbers, (value) => {
    const [word = 0] = new Uint32Array(Float32Array.of(value).buffer);
    if (kind === 'brain') return word >>> 16;
    const exponent = ((word >>> 23) & 255) - 127 + 15;
    return value === 0 ? 0 : ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 1023);
  });
}
const whole = [0, 1, -2, 7, 1024, -300];
const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(buffer);

describe('constants', () => {
  it.each<readonly [string, Partial<OnnxTensor> & Pick<OnnxTensor, 'elementType'>, readonly number[]]>([
    ['float16', { elementType: elementTypes.float16, bytes: bytesOf(bits('half')) }, numbers],
    ['float16 in int32_data', { elementType: elementTypes.float16, numbers: [...bits('half')] }, numbers],
    ['bfloat16', { elementType: elementTypes.bfloat16, bytes: bytesOf(bits('brain')) }, numbers],
    ['bfloat16 in int32_data', { elementType: elementTypes.bfloat16, numbers: [...bits('brain')] }, numbers],
    ['double', { elementType: elementTypes.double, bytes: bytesOf(Float64Array.from(numbers)) }, numbers],
    ['double in double_data', { elementType: elementTypes.double, numbers }, numbers],
    ['float32 in float_data', { elementType: elementTypes.float32, numbers }, numbers],
    [
      'int8',
      { elementType: elementTypes.int8, bytes: bytesOf(Int8Array.from([1, -2, 3, -4, 5, -128])) },
      [1, -2, 3, -4, 5, -128],
    ],
    ['uint8', { elementType: elementTypes.uint8, bytes: Uint8Array.of(1, 2, 3, 4, 5, 255) }, [1, 2, 3, 4, 5, 255]],
    ['int16', { elementType: elementTypes.int16, bytes: bytesOf(Int16Array.from(whole)) }, whole],
    [
      'uint16',
      { elementType: elementTypes.uint16, bytes: bytesOf(Uint16Array.from([1, 2, 3, 4, 5, 65535])) },
      [1, 2, 3, 4, 5, 65535],
    ],
    ['int32', { elementType: elementTypes.int32, bytes: bytesOf(Int32Array.from(whole)) }, whole],
    ['int32 in int32_data', { elementType: elementTypes.int32, numbers: whole }, whole],
    ['uint32', { elementType: elementTypes.uint32, numbers: [1, 2, 3, 4, 5, 6] }, [1, 2, 3, 4, 5, 6]],
    [
      'uint64',
      { elementType: elementTypes.uint64, bytes: bytesOf(BigUint64Array.from([1n, 2n, 3n, 4n, 5n, 6n])) },
      [1, 2, 3, 4, 5, 6],
    ],
    ['bool', { elementType: elementTypes.bool, bytes: Uint8Array.of(1, 0, 1, 0, 1, 0) }, [1, 0, 1, 0, 1, 0]],
  ])('of %s are read', (_, tensor, wanted) => {
    const { network } = importOnnx(
      smallOnnx({
        inputs: { x: [1, 6] },
        outputs: ['y'],
        constants: { c: { tensor: { name: 'c', shape: [6], bytes: new Uint8Array(), ...tensor } } },
        nodes: [
          ['Cast', ['c'], ['f'], { to: elementTypes.float32 }],
          ['Add', ['x', 'f'], ['y']],
        ],
      }),
      'test.onnx',
    );
    const [bias] = [...network.parameters.values()].filter(({ role }) => role === 'bias');
    expect([...(bias?.data ?? [])]).toEqual(wanted);
  });

  const external = (place: NonNullable<OnnxTensor['external']>): Uint8Array =>
    smallOnnx({
      inputs: { x: [1, 2] },
      outputs: ['y'],
      constants: {
        w: {
          tensor: {
            name: 'w',
            shape: [2, 2],
            elementType: elementTypes.float32,
            bytes: new Uint8Array(),
            external: place,
          },
        },
      },
      nodes: [['MatMul', ['x', 'w'], ['y']]],
    });
  const file = bytesOf(Float32Array.of(9, 1, 2, 3, 4, 9));

  it('in another file are read from it', () => {
    const read: string[] = [];
    const { network } = importOnnx(external({ location: 'model.data', offset: 4, length: 16 }), 'test.onnx', {
      readExternal: (location) => {
        read.push(location);
        return file;
      },
    });
    expect([...(network.parameters.get('w')?.data ?? [])]).toEqual([1, 2, 3, 4]);
    expect(read).toEqual(['model.data']);
  });

  it('beyond the end of another file, or in one that is not to be read, are refused', () => {
    expect(() =>
      importOnnx(external({ location: 'd', offset: 12, length: 16 }), 'a.onnx', { readExternal: () => file }),
    ).toThrow("a.onnx: operator 'MatMul_0' (MatMul): tensor 'w' [2, 2] needs the bytes 12 to 28 of 'd', which has 24");
    expect(() => importOnnx(external({ location: 'd', offset: 0 }), 'a.onnx')).toThrow(
      /has its elements in the file 'd'; give importOnnx a readExternal/,
    );
  });
});
