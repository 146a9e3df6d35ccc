import { describe, expect, it } from 'vitest';
import { importOnnx } from './import-onnx.js';
import type { SmallModel } from './models.fixture.js';
import { float, smallOnnx } from './models.fixture.js';
import { OnnxRefusal } from './refusal.js';

function refusalOf(model: SmallModel): OnnxRefusal {
  try {
    importOnnx(smallOnnx(model), 'a.onnx');
  } catch (error) {
    if (error instanceof OnnxRefusal) return error;
    throw error;
  }
  throw new Error('The model was read.');
}

const normalizations = [
  ...['Group', 'Instance', 'Layer', 'Lp', 'MeanVariance', 'RMS'].map((kind) => `${kind}Normalization`),
  'LRN',
];

const image = { x: [1, 4, 6, 6] };

describe('a model that has no counterpart', () => {
  it('is refused with every operator at fault at once, and none that only reads what they give', () => {
    const { refused, message } = refusalOf({
      inputs: image,
      outputs: ['y', 'z'],
      nodes: [
        ['If', ['x'], ['a'], { then_branch: { other: 'a graph' } }],
        ['Relu', ['a'], ['b']],
        ['LSTM', ['b', 'b', 'b'], ['c']],
        ['com.microsoft::FusedConv', ['x', 'x'], ['d']],
        ['Add', ['c', 'd'], ['y']],
        ['Resize', ['x', '', 'x'], ['z'], { antialias: 1 }],
      ],
    });
    expect(refused).toEqual([
      { node: 'If_0', operator: 'If', reason: expect.stringContaining('decides while the model runs') },
      { node: 'LSTM_2', operator: 'LSTM', reason: expect.stringContaining('no recurrent layers') },
      {
        node: 'FusedConv_3',
        operator: 'com.microsoft.FusedConv',
        reason: expect.stringContaining("the domain 'com.microsoft'"),
      },
      { node: 'Resize_5', operator: 'Resize', reason: expect.stringContaining('antialias') },
    ]);
    expect(message).toMatch(/^a\.onnx: operator 'If_0' \(If\): .*\noperator 'LSTM_2' \(LSTM\): /);
  });

  it('is read if no output depends on what is at fault', () => {
    const { network } = importOnnx(
      smallOnnx({
        inputs: image,
        outputs: ['y'],
        nodes: [
          ['Loop', ['x'], ['a']],
          ['Relu', ['x'], ['y']],
        ],
      }),
      'a.onnx',
    );
    expect(network.nodes.map(({ op }) => op)).toEqual(['input', 'activation', 'output']);
  });

  it.each<readonly [string, SmallModel, RegExp]>([
    ['Loop', { inputs: image, outputs: ['y'], nodes: [['Loop', ['x'], ['y']]] }, /decides while the model runs/],
    ['Scan', { inputs: image, outputs: ['y'], nodes: [['Scan', ['x'], ['y']]] }, /decides while the model runs/],
    [
      'an unknown operator',
      { inputs: image, outputs: ['y'], nodes: [['Frobnicate', ['x'], ['y']]] },
      /^this operator is not read$/,
    ],
    ...normalizations.map((operator): [string, SmallModel, RegExp] => [
      operator,
      { inputs: image, outputs: ['y'], nodes: [[operator, ['x'], ['y']]] },
      /is not linear, so that sums of spikes cannot compute it; train the network with batch normalization/,
    ]),
    [
      'names of Object',
      { inputs: image, outputs: ['y'], nodes: [['constructor', ['x'], ['y']]] },
      /^this operator is not read$/,
    ],
    [
      'a kernel that is computed',
      { inputs: { x: [1, 4, 6, 6], w: [1, 4, 3, 3] }, outputs: ['y'], nodes: [['Conv', ['x', 'w'], ['y']]] },
      /its kernel \(input 1\) depends on the network's input/,
    ],
    [
      'a convolution over three axes',
      {
        inputs: { x: [1, 2, 3, 3, 3] },
        outputs: ['y'],
        constants: { w: { random: [1, 2, 3, 3, 3] } },
        nodes: [['Conv', ['x', 'w'], ['y']]],
      },
      /it slides over 3 axes; 1 or 2 are read/,
    ],
    [
      'a kernel for other channels',
      {
        inputs: image,
        outputs: ['y'],
        constants: { w: { random: [1, 3, 3, 3] } },
        nodes: [['Conv', ['x', 'w'], ['y']]],
      },
      /its kernel \[1, 3, 3, 3\] in 1 groups does not fit 4 channels/,
    ],
    [
      'a window larger than its image',
      {
        inputs: image,
        outputs: ['y'],
        constants: { w: { random: [1, 4, 9, 9] } },
        nodes: [['Conv', ['x', 'w'], ['y']]],
      },
      /its 9×9 window does not fit into 6×6/,
    ],
    [
      'a batch norm in training',
      {
        inputs: image,
        outputs: ['y'],
        constants: { s: { random: [4] } },
        nodes: [['BatchNormalization', ['x', 's', 's', 's', 's'], ['y'], { training_mode: 1 }]],
      },
      /in training mode/,
    ],
    [
      'places of maxima',
      { inputs: image, outputs: ['y', 'i'], nodes: [['MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] }]] },
      /the places of its maxima are read/,
    ],
    [
      'a shape that depends on the input',
      { inputs: { x: [1, 4], s: [1, 2] }, outputs: ['y'], nodes: [['Reshape', ['x', 's'], ['y']]] },
      /its shape \(input 1\) depends on the network's input/,
    ],
    [
      'a shape that does not fit',
      { inputs: { x: [1, 4] }, outputs: ['y'], constants: { s: [3, -1] }, nodes: [['Reshape', ['x', 's'], ['y']]] },
      /its shape \[3, -1\] does not fit its input \[1, 4\]/,
    ],
    [
      'an axis that is not there',
      { inputs: image, outputs: ['y'], nodes: [['Softmax', ['x'], ['y'], { axis: 4 }]] },
      /its axis 4 is none of the 4/,
    ],
    [
      'values that do not broadcast',
      { inputs: { x: [1, 4], z: [1, 3] }, outputs: ['y'], nodes: [['Add', ['x', 'z'], ['y']]] },
      /do not broadcast to one shape: \[1, 4\], \[1, 3\]/,
    ],
    [
      'a value that no operator gives',
      { inputs: image, outputs: ['y'], nodes: [['Add', ['x', 'nothing'], ['y']]] },
      /its input 'nothing' is not an earlier value/,
    ],
    [
      'a division by 0',
      {
        inputs: { x: [1, 2] },
        outputs: ['y'],
        constants: { c: { floats: [1, 0] } },
        nodes: [['Div', ['x', 'c'], ['y']]],
      },
      /constant with a 0 in it/,
    ],
    [
      'a cropping resize',
      {
        inputs: image,
        outputs: ['y'],
        constants: { s: { floats: [1, 1, 2, 2] } },
        nodes: [['Resize', ['x', '', 's'], ['y'], { coordinate_transformation_mode: 'tf_crop_and_resize' }]],
      },
      /'tf_crop_and_resize' is not read/,
    ],
    [
      'far too large a value',
      {
        inputs: { x: [1, 1, 1, 1] },
        outputs: ['y'],
        constants: { s: [1, 9999, 9999, 99] },
        nodes: [['Expand', ['x', 's'], ['y']]],
      },
      /has more than 268435456 elements/,
    ],
    [
      'an attribute of another kind',
      { inputs: image, outputs: ['y'], nodes: [['Softmax', ['x'], ['y'], { axis: float(1) }]] },
      /its attribute 'axis' must be an integer/,
    ],
  ])('names %s', (_, model, reason) => {
    const { refused } = refusalOf(model);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatch(reason);
  });

  it('names inputs without a shape, outputs that are constants, and models without operators', () => {
    const read = (model: SmallModel) => () => importOnnx(smallOnnx(model), 'a.onnx');
    expect(read({ inputs: { x: ['N', 3, 'h', 'w'] }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] })).toThrow(
      /^a\.onnx: input 'x' \[N, 3, h, w\] leaves the size of its axis 2 \('h'\) open; give the rows and columns/,
    );
    expect(read({ inputs: { x: ['N', 'length'] }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] })).toThrow(
      /axis 1 \('length'\) open; export the model with a fixed size/,
    );
    expect(read({ inputs: { x: [1, 3] }, outputs: ['c'], constants: { c: [1] }, nodes: [] })).toThrow(
      "a.onnx: output 'c' is a constant; it does not depend on the input",
    );
    expect(read({ inputs: { x: [1, 3] }, outputs: ['y'], nodes: [] })).toThrow(
      "a.onnx: output 'y' is not a value of the model",
    );
    expect(read({ inputs: { x: [1, 3] }, outputs: [], nodes: [] })).toThrow('a.onnx: it has no outputs');
  });
});
