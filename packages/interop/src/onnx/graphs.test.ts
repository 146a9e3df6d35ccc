import { startTensorBackend } from '@rheobase/execution';
import type { NetworkNode } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement } from './agreement.fixture.js';
import type { ImportedOnnx } from './import-onnx.js';
import { elementTypes } from './model.js';
import type { SmallModel } from './models.fixture.js';
import { float } from './models.fixture.js';

beforeAll(() => startTensorBackend());

const ops = ({ network }: ImportedOnnx): readonly NetworkNode['op'][] => network.nodes.map(({ op }) => op);
const toFirst = { perm: [0, 3, 1, 2] };
const toLast = { perm: [0, 2, 3, 1] };
const one = (value: number) => ({ floats: [value], shape: [] });
const norm = (prefix: string, channels: number): NonNullable<SmallModel['constants']> => ({
  [`${prefix}.scale`]: { random: [channels], low: 0.5, high: 1.5 },
  [`${prefix}.offset`]: { random: [channels] },
  [`${prefix}.mean`]: { random: [channels] },
  [`${prefix}.variance`]: { random: [channels], low: 0.5, high: 2 },
});
const normInputs = (input: string, prefix: string): readonly string[] => [
  input,
  ...['scale', 'offset', 'mean', 'variance'].map((part) => `${prefix}.${part}`),
];

describe('a graph becomes the network that one would write by hand', () => {
  it('of a residual block with batch norms', async () => {
    const model = await expectAgreement(
      {
        inputs: { x: ['batch', 3, 8, 8] },
        outputs: ['y'],
        constants: {
          w1: { random: [4, 3, 3, 3] },
          w2: { random: [4, 4, 3, 3] },
          ws: { random: [4, 3, 1, 1] },
          fc: { random: [5, 4] },
          b: { random: [5] },
          ...norm('n1', 4),
          ...norm('n2', 4),
        },
        nodes: [
          ['Conv', ['x', 'w1'], ['a'], { pads: [1, 1, 1, 1], strides: [2, 2] }],
          ['BatchNormalization', normInputs('a', 'n1'), ['b1']],
          ['Relu', ['b1'], ['r1']],
          ['Conv', ['r1', 'w2'], ['c'], { pads: [1, 1, 1, 1] }],
          ['BatchNormalization', normInputs('c', 'n2'), ['b2']],
          ['Conv', ['x', 'ws'], ['s'], { strides: [2, 2] }],
          ['Add', ['b2', 's'], ['sum']],
          ['Relu', ['sum'], ['r2']],
          ['GlobalAveragePool', ['r2'], ['p']],
          ['Flatten', ['p'], ['f']],
          ['Gemm', ['f', 'fc', 'b'], ['y'], { transB: 1 }],
        ],
      },
      { samples: 3 },
    );
    expect(ops(model)).toEqual([
      'input',
      'conv2d',
      'batchNorm',
      'activation',
      'conv2d',
      'batchNorm',
      'conv2d',
      'add',
      'activation',
      'globalAvgPool',
      'dense',
      'output',
    ]);
    expect([...model.network.parameters.keys()]).toContain('n1.scale');
    expect(model.network.nodes.map(({ name }) => name)).toContain('Conv_0');
  });

  it('whose scores have the order of the file, because classes are read without its ports', async () => {
    const scores: SmallModel['nodes'] = [['Gemm', ['x', 'w'], ['s']]];
    const constants = { w: { random: [3, 4] }, order: [2, 0, 3, 1], last: [-1], before: [-9], axis: [1] };
    const reordered: readonly SmallModel['nodes'][] = [
      [...scores, ['Gather', ['s', 'order'], ['y'], { axis: 1 }]],
      [...scores, ['Slice', ['s', 'last', 'before', 'axis', 'last'], ['y']]],
      [
        ...scores,
        ['Relu', ['s'], ['r']],
        ['Gather', ['r', 'order'], ['g'], { axis: 1 }],
        ['Unsqueeze', ['g', 'axis'], ['y']],
      ],
    ];
    for (const nodes of reordered) {
      const { outputs } = await expectAgreement({ inputs: { x: ['N', 3] }, outputs: ['y'], constants, nodes });
      expect(outputs.map(({ order }) => [...order])).toEqual([[0, 1, 2, 3]]);
    }
  });

  it('of images with their channels last, as tf2onnx writes them', async () => {
    const model = await expectAgreement(
      {
        inputs: { x: ['unk', 8, 8, 3] },
        outputs: ['y'],
        constants: {
          w: { random: [4, 3, 3, 3] },
          b: { random: [4, 1, 1] },
          s: [-1, 64],
          m: { random: [64, 5] },
          c: { random: [5] },
        },
        nodes: [
          ['Transpose', ['x'], ['t'], toFirst],
          ['Conv', ['t', 'w'], ['a'], { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
          ['Add', ['a', 'b'], ['d']],
          ['Relu', ['d'], ['r']],
          ['Transpose', ['r'], ['u'], toLast],
          ['Reshape', ['u', 's'], ['f']],
          ['MatMul', ['f', 'm'], ['g']],
          ['Add', ['g', 'c'], ['y']],
        ],
      },
      { samples: 2 },
    );
    expect(ops(model)).toEqual(['input', 'conv2d', 'activation', 'flatten', 'dense', 'output']);
    expect(model.network.nodes[0]).toMatchObject({ shape: [8, 8, 3] });
    expect(model.inputs[0]?.order).toEqual(new Int32Array(192).map((_, i) => i));
  });

  it('of images with their channels last around every layer, as keras2onnx writes them', async () => {
    const model = await expectAgreement(
      {
        opset: 11,
        inputs: { x: ['N', 8, 8, 3] },
        outputs: ['y'],
        constants: {
          p: [0, 0, 0, 0, 0, 1, 1, 0],
          w1: { random: [4, 3, 3, 3] },
          b1: { random: [4] },
          w2: { random: [4, 1, 3, 3] },
          ...norm('n', 4),
          s: { floats: [1, 1, 2, 2] },
          roi: { floats: [] },
        },
        nodes: [
          ['Pad', ['x', 'p'], ['pad']],
          ['Transpose', ['pad'], ['t1'], toFirst],
          ['Conv', ['t1', 'w1', 'b1'], ['c1'], { strides: [2, 2] }],
          ['Transpose', ['c1'], ['t2'], toLast],
          ['Transpose', ['t2'], ['t3'], toFirst],
          ['BatchNormalization', normInputs('t3', 'n'), ['n1']],
          ['Transpose', ['n1'], ['t4'], toLast],
          ['Relu', ['t4'], ['r1']],
          ['Transpose', ['r1'], ['t5'], toFirst],
          ['Conv', ['t5', 'w2'], ['c2'], { auto_pad: 'SAME_LOWER', group: 4 }],
          ['Transpose', ['c2'], ['t6'], toLast],
          ['Concat', ['t6', 'r1'], ['cat'], { axis: -1 }],
          ['Transpose', ['cat'], ['t7'], toFirst],
          [
            'Resize',
            ['t7', 'roi', 's'],
            ['up'],
            { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
          ],
          ['Transpose', ['up'], ['y'], toLast],
        ],
      },
      { samples: 2 },
    );
    expect(ops(model)).toEqual([
      'input',
      'pad',
      'conv2d',
      'batchNorm',
      'activation',
      'conv2d',
      'concat',
      'upsample',
      'output',
    ]);
  });

  it('of sequences', async () => {
    const model = await expectAgreement({
      inputs: { x: ['N', 3, 16] },
      outputs: ['y'],
      constants: { w: { random: [6, 3, 5] }, w2: { random: [6, 1, 3] }, fc: { random: [4, 6] }, s: [0, -1] },
      nodes: [
        ['Conv', ['x', 'w'], ['a'], { pads: [2, 2] }],
        ['Relu', ['a'], ['r']],
        ['MaxPool', ['r'], ['p'], { kernel_shape: [2], strides: [2] }],
        ['Conv', ['p', 'w2'], ['c'], { group: 6, dilations: [2] }],
        ['Concat', ['c', 'c'], ['cat'], { axis: 1 }],
        ['Relu', ['c'], ['r2']],
        ['GlobalAveragePool', ['r2'], ['g']],
        ['Reshape', ['g', 's'], ['f']],
        ['Gemm', ['f', 'fc'], ['y'], { transB: 1 }],
      ],
    });
    expect(ops(model)).toEqual([
      'input',
      'conv2d',
      'activation',
      'maxPool',
      'conv2d',
      'activation',
      'globalAvgPool',
      'dense',
      'output',
    ]);
  });

  it('whose image is normalized in it: a first layer without a site', async () => {
    const model = await expectAgreement(
      {
        inputs: { image: [1, 3, 6, 6] },
        outputs: ['y'],
        constants: {
          mean: { floats: [120, 110, 100], shape: [1, 3, 1, 1] },
          deviation: { floats: [58, 57, 56], shape: [1, 3, 1, 1] },
          w: { random: [2, 3, 3, 3] },
        },
        nodes: [
          ['Sub', ['image', 'mean'], ['a']],
          ['Div', ['a', 'deviation'], ['b']],
          ['Conv', ['b', 'w'], ['c'], { pads: [1, 1, 1, 1] }],
          ['Relu', ['c'], ['y']],
        ],
      },
      { low: 0, high: 255 },
    );
    expect(ops(model)).toEqual(['input', 'conv2d', 'conv2d', 'activation', 'output']);
  });

  it('whose layers share weights, or scale what they share differently', async () => {
    const model = await expectAgreement({
      inputs: { x: [1, 4, 5, 5] },
      outputs: ['y'],
      constants: { w: { random: [4, 4, 3, 3] }, two: one(2) },
      nodes: [
        ['Conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }],
        ['Mul', ['a', 'two'], ['b']],
        ['Relu', ['b'], ['c']],
        ['Conv', ['c', 'w'], ['d'], { pads: [1, 1, 1, 1] }],
        ['Relu', ['d'], ['e']],
        ['Conv', ['e', 'w'], ['y'], { pads: [1, 1, 1, 1] }],
      ],
    });
    expect([...model.network.parameters.keys()].filter((name) => name.startsWith('w'))).toHaveLength(2);
  });

  it('with several inputs and outputs, one of them read further on, and an input that nothing needs', async () => {
    const model = await expectAgreement(
      {
        inputs: { a: ['N', 2, 4, 4], b: ['N', 2, 4, 4], spare: ['N', 7] },
        outputs: ['sum', 'y', 'a_again'],
        constants: { w: { random: [3, 2, 3, 3] } },
        nodes: [
          ['Add', ['a', 'b'], ['sum']],
          ['Conv', ['sum', 'w'], ['y']],
          ['Identity', ['a'], ['a_again']],
        ],
      },
      { samples: 2 },
    );
    expect(model.inputs.map(({ node }) => node)).toEqual(['a', 'b', undefined]);
    expect(model.outputs.map(({ node }) => node)).toEqual(['sum', 'y', 'a_again']);
  });

  it('with its constants among its inputs', async () => {
    const model = await expectAgreement({
      opset: 8,
      inputs: { x: [1, 3, 4, 4], w: [2, 3, 3, 3] },
      outputs: ['y'],
      constants: { w: { random: [2, 3, 3, 3] } },
      nodes: [['Conv', ['x', 'w'], ['y']]],
    });
    expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('with a fixed batch of several samples, of which it computes one', async () => {
    const model = await expectAgreement({
      inputs: { x: [3, 2, 4, 4] },
      outputs: ['y'],
      constants: { w: { random: [5, 2, 3, 3] }, s: [3, -1], m: { random: [20, 4] }, e: [3, 4] },
      nodes: [
        ['Conv', ['x', 'w'], ['a']],
        ['Reshape', ['a', 's'], ['b']],
        ['MatMul', ['b', 'm'], ['c']],
        ['Expand', ['c', 'e'], ['y']],
      ],
    });
    expect(model.network.nodes[0]).toMatchObject({ shape: [4, 4, 2] });
  });

  it.each<readonly [string, SmallModel]>([
    ['permuted', { inputs: { x: [3, 4] }, outputs: ['y'], nodes: [['Transpose', ['x'], ['y'], { perm: [1, 0] }]] }],
    ['summed up', { inputs: { x: [3, 4] }, outputs: ['y'], nodes: [['ReduceMean', ['x'], ['y'], { axes: [0] }]] }],
    [
      'added to one another',
      {
        inputs: { x: [3, 4] },
        outputs: ['y'],
        constants: { c: { random: [3, 1] } },
        nodes: [['Add', ['x', 'c'], ['y']]],
      },
    ],
    [
      'flattened together',
      { inputs: { x: [3, 4] }, outputs: ['y'], constants: { s: [12] }, nodes: [['Reshape', ['x', 's'], ['y']]] },
    ],
    [
      'multiplied with one another',
      { inputs: { x: [3, 4], z: [4, 2] }, outputs: ['y'], nodes: [['MatMul', ['x', 'z'], ['y']]] },
    ],
    [
      'cut apart',
      {
        inputs: { x: [3, 4] },
        outputs: ['y'],
        constants: { s: [0], e: [2] },
        nodes: [['Slice', ['x', 's', 'e'], ['y']]],
      },
    ],
    [
      'multiplied by a matrix each',
      {
        inputs: { x: [3, 2, 4] },
        outputs: ['y'],
        constants: { w: { random: [3, 4, 5] } },
        nodes: [['MatMul', ['x', 'w'], ['y']]],
      },
    ],
    [
      'put into one row',
      { inputs: { x: [3, 4] }, outputs: ['y'], constants: { s: [1, -1] }, nodes: [['Reshape', ['x', 's'], ['y']]] },
    ],
    [
      'joined to a constant each',
      {
        inputs: { x: [3, 4] },
        outputs: ['y'],
        constants: { c: { random: [3, 2] } },
        nodes: [['Concat', ['x', 'c'], ['y'], { axis: 1 }]],
      },
    ],
    [
      'bent by a slope each',
      {
        inputs: { x: [3, 4] },
        outputs: ['y'],
        constants: { a: { random: [3, 4] } },
        nodes: [['PRelu', ['x', 'a'], ['y']]],
      },
    ],
  ])('takes samples that are %s as one', async (_, model) => {
    const imported = await expectAgreement(model);
    expect(imported.inputs[0]?.sampleShape[0]).toBe(3);
  });

  it('with a fixed batch whose size it computes with', async () => {
    const model = await expectAgreement({
      inputs: { x: [3, 2, 4] },
      outputs: ['y'],
      constants: { zero: [0], minus: [-1], w: { random: [8, 5] } },
      nodes: [
        ['Shape', ['x'], ['shape']],
        ['Gather', ['shape', 'zero'], ['n']],
        ['Concat', ['n', 'minus'], ['target'], { axis: 0 }],
        ['Reshape', ['x', 'target'], ['flat']],
        ['MatMul', ['flat', 'w'], ['y']],
      ],
    });
    expect(model.inputs[0]?.sampleShape).toEqual([2, 4]);
  });

  it('with the sizes of its images left open', async () => {
    const model: SmallModel = {
      inputs: { x: ['N', 3, 'height', 'width'] },
      outputs: ['y'],
      constants: { w: { random: [2, 3, 3, 3] } },
      nodes: [['Conv', ['x', 'w'], ['y'], { strides: [2, 2] }]],
    };
    const imported = await expectAgreement(model, { size: [7, 9] });
    expect(imported.inputs[0]?.sampleShape).toEqual([3, 7, 9]);
    await expect(expectAgreement(model)).rejects.toThrow(
      /input 'x' \[N, 3, height, width\] leaves the size of its axis 2 \('height'\) open; give .* option size/,
    );
  });
});

describe('a graph folds', () => {
  it('the shapes that it computes', async () => {
    const model = await expectAgreement({
      inputs: { x: ['N', 4, 3, 3] },
      outputs: ['y'],
      constants: {
        i0: { tensor: scalarOf(0) },
        i1: { tensor: scalarOf(1) },
        axes: [0],
        minus: [-1],
        zero: [0],
        two: [2],
        w: { random: [36, 2] },
      },
      nodes: [
        ['Shape', ['x'], ['shape']],
        ['Gather', ['shape', 'i0'], ['n']],
        ['Unsqueeze', ['n', 'axes'], ['n1']],
        ['Concat', ['n1', 'minus'], ['target'], { axis: 0 }],
        ['Reshape', ['x', 'target'], ['flat']],
        ['MatMul', ['flat', 'w'], ['m']],
        ['Shape', ['m'], ['ms']],
        ['Slice', ['ms', 'zero', 'two'], ['sliced']],
        ['ConstantOfShape', ['sliced'], ['zeros']],
        ['Cast', ['ms'], ['asFloat'], { to: elementTypes.float32 }],
        ['Cast', ['asFloat'], ['asInt'], { to: elementTypes.int64 }],
        ['Equal', ['asInt', 'two'], ['isTwo']],
        ['Where', ['isTwo', 'asInt', 'minus'], ['chosen']],
        ['Gather', ['chosen', 'i1'], ['width']],
        ['Range', ['i0', 'width', 'i1'], ['range']],
        ['Cast', ['range'], ['numbers'], { to: elementTypes.float32 }],
        ['Add', ['m', 'zeros'], ['added']],
        ['Add', ['added', 'numbers'], ['y']],
      ],
    });
    expect(ops(model)).toEqual(['input', 'flatten', 'dense', 'output']);
  });

  it('affine operators into the layer before them, in whatever order', async () => {
    const model = await expectAgreement({
      inputs: { x: [1, 3, 4, 4] },
      outputs: ['y'],
      constants: {
        w: { random: [2, 3, 1, 1] },
        a: { random: [1, 2, 1, 1] },
        b: { random: [2, 1, 1] },
        half: one(0.5),
        three: one(3),
      },
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['Mul', ['a', 'c'], ['d']],
        ['Add', ['b', 'd'], ['e']],
        ['Sub', ['three', 'e'], ['f']],
        ['Div', ['f', 'half'], ['g']],
        ['Neg', ['g'], ['y']],
      ],
    });
    expect(ops(model)).toEqual(['input', 'conv2d', 'output']);
  });

  it('none into a layer that something else reads', async () => {
    const model = await expectAgreement({
      inputs: { x: [1, 3, 4, 4] },
      outputs: ['y', 'z'],
      constants: { w: { random: [2, 3, 1, 1] }, two: one(2) },
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['Identity', ['c'], ['i']],
        ['Mul', ['c', 'two'], ['y']],
        ['Relu', ['i'], ['z']],
      ],
    });
    expect(ops(model)).toEqual(['input', 'conv2d', 'conv2d', 'activation', 'output', 'output']);
  });

  it('a convolution that was transposed into one', async () => {
    await expectAgreement({
      inputs: { x: [1, 6] },
      outputs: ['y'],
      constants: { w: { random: [4, 6] }, perm: [6, 4] },
      nodes: [
        ['Transpose', ['w'], ['t'], { perm: [1, 0] }],
        ['MatMul', ['x', 't'], ['y']],
      ],
    });
  });
});

function scalarOf(value: number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return { name: '', shape: [], elementType: elementTypes.int64, bytes };
}

describe('values computed from several', () => {
  it.each<readonly [string, SmallModel]>([
    [
      'products with their own function, which are known',
      {
        inputs: { x: [1, 3, 4, 4] },
        outputs: ['y'],
        nodes: [
          ['Sigmoid', ['x'], ['s']],
          ['Mul', ['x', 's'], ['y']],
        ],
      },
    ],
    [
      'gates by channel',
      {
        inputs: { x: [1, 3, 4, 4] },
        outputs: ['y'],
        nodes: [
          ['GlobalAveragePool', ['x'], ['p']],
          ['Sigmoid', ['p'], ['s']],
          ['Mul', ['x', 's'], ['y']],
        ],
      },
    ],
    [
      'differences',
      { inputs: { x: [1, 3, 4, 4], z: [1, 3, 4, 4] }, outputs: ['y'], nodes: [['Sub', ['x', 'z'], ['y']]] },
    ],
    [
      'sums of three',
      {
        inputs: { x: [1, 3, 4, 4], z: [1, 1, 4, 1] },
        outputs: ['y'],
        constants: { c: { random: [3, 1, 1] } },
        nodes: [['Sum', ['x', 'z', 'c'], ['y']]],
      },
    ],
    [
      'means of three',
      {
        inputs: { x: [1, 3, 4, 4], z: [1, 3, 1, 1] },
        outputs: ['y'],
        constants: { c: { random: [3, 1, 1] } },
        nodes: [['Mean', ['x', 'z', 'c'], ['y']]],
      },
    ],
    [
      'maxima of three',
      {
        inputs: { x: [1, 5], z: [1, 5] },
        outputs: ['y'],
        constants: { c: { random: [5] } },
        nodes: [['Max', ['x', 'z', 'c'], ['y']]],
      },
    ],
    [
      'attention',
      {
        inputs: { q: [1, 2, 3, 4], k: [1, 2, 5, 4], v: [1, 2, 5, 6] },
        outputs: ['y'],
        nodes: [
          ['Transpose', ['k'], ['t'], { perm: [0, 1, 3, 2] }],
          ['MatMul', ['q', 't'], ['a']],
          ['Softmax', ['a'], ['s'], { axis: -1 }],
          ['MatMul', ['s', 'v'], ['y']],
        ],
      },
    ],
    [
      'matrices of constants with a value',
      {
        inputs: { x: [1, 2, 3, 4] },
        outputs: ['y'],
        constants: { w: { random: [2, 4, 5] } },
        nodes: [['MatMul', ['x', 'w'], ['y']]],
      },
    ],
    [
      'a matrix of constants on the left',
      {
        inputs: { x: [1, 3, 4] },
        outputs: ['y'],
        constants: { w: { random: [2, 3] } },
        nodes: [['MatMul', ['w', 'x'], ['y']]],
      },
    ],
    [
      'choices by a comparison',
      {
        inputs: { x: [1, 6], z: [1, 6] },
        outputs: ['y'],
        nodes: [
          ['Greater', ['x', 'z'], ['g']],
          ['Where', ['g', 'x', 'z'], ['y']],
        ],
      },
    ],
    [
      'choices by a constant',
      {
        inputs: { x: [1, 4] },
        outputs: ['y'],
        constants: {
          m: { tensor: { name: '', shape: [4], elementType: elementTypes.bool, bytes: Uint8Array.of(1, 0, 0, 1) } },
          c: { random: [1] },
        },
        nodes: [['Where', ['m', 'x', 'c'], ['y']]],
      },
    ],
    [
      'logic',
      {
        inputs: { x: [1, 6], z: [1, 6] },
        outputs: ['y'],
        nodes: [
          ['Less', ['x', 'z'], ['g']],
          ['GreaterOrEqual', ['x', 'z'], ['h']],
          ['Or', ['g', 'h'], ['o']],
          ['Not', ['g'], ['n']],
          ['And', ['o', 'n'], ['a']],
          ['Cast', ['a'], ['y'], { to: elementTypes.float32 }],
        ],
      },
    ],
    [
      'casts to integers',
      {
        inputs: { x: [1, 6] },
        outputs: ['y'],
        constants: { c: { floats: [7] } },
        nodes: [
          ['Mul', ['x', 'c'], ['m']],
          ['Cast', ['m'], ['i'], { to: elementTypes.int64 }],
          ['Cast', ['i'], ['y'], { to: elementTypes.float32 }],
        ],
      },
    ],
    [
      'one-hot classes',
      {
        opset: 11,
        inputs: { x: [1, 5, 3] },
        outputs: ['y'],
        constants: { depth: [5], values: { floats: [-1, 2] } },
        nodes: [
          ['ArgMax', ['x'], ['a'], { axis: 1, keepdims: 0 }],
          ['OneHot', ['a', 'depth', 'values'], ['y'], { axis: 1 }],
        ],
      },
    ],
    [
      'quotients of a constant',
      {
        inputs: { x: [1, 5] },
        outputs: ['y'],
        constants: { c: { random: [5] } },
        nodes: [
          ['Exp', ['x'], ['e']],
          ['Div', ['c', 'e'], ['y']],
        ],
      },
    ],
    [
      'powers',
      {
        inputs: { x: [1, 5], z: [1, 5] },
        outputs: ['y'],
        nodes: [
          ['Exp', ['x'], ['e']],
          ['Pow', ['e', 'z'], ['y']],
        ],
      },
    ],
    [
      'parts that are joined along rows',
      {
        inputs: { x: [1, 2, 4, 4], z: [1, 2, 3, 4] },
        outputs: ['y'],
        constants: { w: { random: [3, 2, 3, 3] } },
        nodes: [
          ['Concat', ['x', 'z'], ['c'], { axis: 2 }],
          ['Conv', ['c', 'w'], ['y']],
        ],
      },
    ],
    [
      'a constant beside a value',
      {
        inputs: { x: [1, 2, 4, 4] },
        outputs: ['y'],
        constants: { c: { random: [1, 3, 4, 4] } },
        nodes: [['Concat', ['x', 'c'], ['y'], { axis: 1 }]],
      },
    ],
    [
      'boxes of several scales',
      {
        inputs: { x: [1, 4, 2, 2], z: [1, 4, 1, 1] },
        outputs: ['y'],
        constants: { s: [1, -1, 2], p: { random: [1, 10, 2] } },
        nodes: [
          ['Transpose', ['x'], ['tx'], toLast],
          ['Reshape', ['tx', 's'], ['rx']],
          ['Transpose', ['z'], ['tz'], toLast],
          ['Reshape', ['tz', 's'], ['rz']],
          ['Concat', ['rx', 'rz'], ['c'], { axis: 1 }],
          ['Softmax', ['c'], ['sm'], { axis: -1 }],
          ['Mul', ['sm', 'p'], ['y']],
        ],
      },
    ],
    [
      'shuffled channels',
      {
        inputs: { x: [1, 6, 3, 3] },
        outputs: ['y'],
        constants: { a: [1, 3, 2, 3, 3], b: [1, 6, 3, 3] },
        nodes: [
          ['Reshape', ['x', 'a'], ['r']],
          ['Transpose', ['r'], ['t'], { perm: [0, 2, 1, 3, 4] }],
          ['Reshape', ['t', 'b'], ['y']],
        ],
      },
    ],
  ])('%s', async (_, model) => {
    await expectAgreement(model);
  });

  it('parts of a value go to their layers as splits, subsamples and shuffles of it', async () => {
    const model = await expectAgreement({
      inputs: { x: [1, 6, 4, 4] },
      outputs: ['y'],
      constants: {
        w: { random: [2, 3, 1, 1] },
        w2: { random: [2, 2, 1, 1] },
        w3: { random: [2, 6, 1, 1] },
        parts: [4, 2],
        s: [0, 0],
        e: [9, 9],
        a: [2, 3],
        st: [2, 2],
        odd: [1, 3, 5],
      },
      nodes: [
        ['Split', ['x', 'parts'], ['p', 'q'], { axis: 1 }],
        ['Conv', ['q', 'w2'], ['c1']],
        ['Gather', ['x', 'odd'], ['g'], { axis: 1 }],
        ['Conv', ['g', 'w'], ['c2']],
        ['Add', ['c1', 'c2'], ['sum']],
        ['Slice', ['x', 's', 'e', 'a', 'st'], ['sub']],
        ['Conv', ['sub', 'w3'], ['c3']],
        ['Slice', ['sum', 's', 'e', 'a', 'st'], ['sub2']],
        ['Add', ['c3', 'sub2'], ['y']],
      ],
    });
    expect(ops(model)).toEqual([
      'input',
      'split',
      'conv2d',
      'channelShuffle',
      'split',
      'conv2d',
      'add',
      'subsample',
      'conv2d',
      'subsample',
      'add',
      'output',
    ]);
  });
});

describe('functions that exporters take apart are one', () => {
  const half = one(0.5);
  const cases: Readonly<Record<string, readonly [name: string, model: SmallModel]>> = {
    silu: [
      'silu',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        nodes: [
          ['Sigmoid', ['x'], ['s']],
          ['Mul', ['s', 'x'], ['y']],
        ],
      },
    ],
    mish: [
      'mish',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        nodes: [
          ['Softplus', ['x'], ['a']],
          ['Tanh', ['a'], ['b']],
          ['Mul', ['x', 'b'], ['y']],
        ],
      },
    ],
    'hard swish by hard sigmoid': [
      'hardswish',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        nodes: [
          ['HardSigmoid', ['x'], ['s'], { alpha: float(1 / 6) }],
          ['Mul', ['x', 's'], ['y']],
        ],
      },
    ],
    'hard swish, divided last': [
      'hardswish',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { three: one(3), zero: one(0), six: one(6) },
        nodes: [
          ['Add', ['x', 'three'], ['a']],
          ['Clip', ['a', 'zero', 'six'], ['c']],
          ['Mul', ['x', 'c'], ['m']],
          ['Div', ['m', 'six'], ['y']],
        ],
      },
    ],
    'hard swish, divided first': [
      'hardswish',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { three: one(3), zero: one(0), six: one(6) },
        nodes: [
          ['Add', ['x', 'three'], ['a']],
          ['Clip', ['a', 'zero', 'six'], ['c']],
          ['Div', ['c', 'six'], ['d']],
          ['Mul', ['d', 'x'], ['y']],
        ],
      },
    ],
    'hard sigmoid': [
      'hardsigmoid',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { three: one(3), zero: one(0), six: one(6) },
        nodes: [
          ['Add', ['x', 'three'], ['a']],
          ['Clip', ['a', 'zero', 'six'], ['c']],
          ['Div', ['c', 'six'], ['y']],
        ],
      },
    ],
    'gelu, halved last': [
      'gelu',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { root: one(Math.SQRT2), unit: one(1), half },
        nodes: [
          ['Div', ['x', 'root'], ['a']],
          ['Erf', ['a'], ['e']],
          ['Add', ['e', 'unit'], ['b']],
          ['Mul', ['x', 'b'], ['c']],
          ['Mul', ['c', 'half'], ['y']],
        ],
      },
    ],
    'gelu, halved first': [
      'gelu',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { root: one(Math.SQRT1_2), unit: one(1), half },
        nodes: [
          ['Mul', ['x', 'half'], ['h']],
          ['Mul', ['x', 'root'], ['a']],
          ['Erf', ['a'], ['e']],
          ['Add', ['unit', 'e'], ['b']],
          ['Mul', ['h', 'b'], ['y']],
        ],
      },
    ],
    'gelu, halved in between': [
      'gelu',
      {
        inputs: { x: [1, 8] },
        outputs: ['y'],
        constants: { root: one(Math.SQRT2), unit: one(1), half },
        nodes: [
          ['Div', ['x', 'root'], ['a']],
          ['Erf', ['a'], ['e']],
          ['Add', ['e', 'unit'], ['b']],
          ['Mul', ['half', 'b'], ['h']],
          ['Mul', ['x', 'h'], ['y']],
        ],
      },
    ],
  };
  it.each(Object.entries(cases))('%s', async (_, [name, model]) => {
    const { network } = await expectAgreement(model, { low: -6, high: 6 });
    expect(network.nodes.map((node) => (node.op === 'function' ? node.function : node.op))).toEqual([
      'input',
      name,
      'output',
    ]);
  });

  it('but not if a part of them is read elsewhere', async () => {
    const { network } = await expectAgreement({
      inputs: { x: [1, 8] },
      outputs: ['y', 's'],
      nodes: [
        ['Sigmoid', ['x'], ['s']],
        ['Mul', ['s', 'x'], ['y']],
      ],
    });
    expect(network.nodes.map((node) => (node.op === 'function' ? node.function : node.op))).toEqual([
      'input',
      'sigmoid',
      'combine',
      'output',
      'output',
    ]);
  });
});
