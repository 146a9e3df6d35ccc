import { describe, expect, it } from 'vitest';
import type { NetworkNode } from './node.js';
import { evenPadding, noPadding } from './padding.js';
import type { Parameter } from './parameter.js';
import { constantParameter, indicesParameter } from './parameter.js';
import type { Shape } from './shape.js';
import { inferShapes, shapeAt, tryInferShapes } from './shape-inference.js';
import { slidingOutput } from './shape-rules.js';

const base = { name: 'y', inputs: ['x'] } as const;
const sizes: Readonly<Record<string, Shape>> = {
  kernel: [3, 3, 4, 6],
  grouped: [3, 3, 2, 6],
  depthwise: [3, 1, 1, 8],
  flat: [3, 3, 4],
  matrix: [4, 10],
  four: [4],
  six: [6],
  ten: [10],
  scalar: [],
  image: [8, 6, 4],
};
const parameters = new Map<string, Parameter>(
  Object.entries(sizes).map(([name, shape]) => [name, constantParameter('weight', shape, 1)]),
);
parameters.set('places', indicesParameter([2, 1, 3], [191, -1, 0, 5, 5, 7]));
parameters.set('place', indicesParameter([], [0]));
parameters.set('far', indicesParameter([1], [192]));

/** The shape of a node with inputs of the given shape, or its faults. */
function infer(node: NetworkNode, input: Shape = [8, 6, 4], other: Shape = input): Shape | string | undefined {
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'x', inputs: [], shape: input },
    { op: 'input', name: 'z', inputs: [], shape: other },
    node,
  ];
  const { shapes, problems } = tryInferShapes({ nodes, parameters, metadata: {} });
  return problems[0] === undefined ? shapes.get(node.name) : `${problems[0].subject}: ${problems[0].message}`;
}

const conv = {
  op: 'conv2d',
  ...base,
  weight: 'kernel',
  stride: [1, 1],
  padding: noPadding,
  dilation: [1, 1],
  groups: 1,
} as const;
const dense = { op: 'dense', ...base, weight: 'matrix' } as const;
const norm = {
  op: 'batchNorm',
  ...base,
  scale: 'four',
  offset: 'four',
  mean: 'four',
  variance: 'four',
  epsilon: 0,
} as const;
const pool = { op: 'avgPool', ...base, size: [2, 2], stride: [2, 2], padding: noPadding, divisor: 'window' } as const;
const site = (name: string) => ({ kind: 'clip', parameters: { threshold: name }, attributes: {} });

describe('shape inference', () => {
  it.each<[string, NetworkNode, Shape, Shape | undefined]>([
    ['a convolution', conv, [6, 4, 6], undefined],
    [
      'padding on each side by itself',
      { ...conv, padding: { top: 1, bottom: 2, left: 0, right: 1 } },
      [9, 5, 6],
      undefined,
    ],
    ['a stride that leaves a remainder', { ...conv, stride: [2, 3] }, [3, 2, 6], undefined],
    ['dilation', { ...conv, dilation: [3, 2] }, [2, 2, 6], undefined],
    ['groups', { ...conv, weight: 'grouped', groups: 2 }, [6, 4, 6], undefined],
    ['depthwise filters with two outputs a channel', { ...conv, weight: 'depthwise', groups: 4 }, [6, 6, 8], undefined],
    ['a bias', { ...conv, bias: 'six' }, [6, 4, 6], undefined],
    ['a dense layer', { ...dense, bias: 'ten' }, [10], [4]],
    ['a batch norm', norm, [8, 6, 4], undefined],
    ['a batch norm of a vector', norm, [4], [4]],
    ['an activation with a threshold', { op: 'activation', ...base, activation: site('scalar') }, [8, 6, 4], undefined],
    ['a neuron with a threshold each', { op: 'neuron', ...base, neuron: site('image') }, [8, 6, 4], undefined],
    ['average pooling', pool, [4, 3, 4], undefined],
    [
      'max pooling',
      { op: 'maxPool', ...base, size: [3, 3], stride: [2, 2], padding: evenPadding(1) },
      [4, 3, 4],
      undefined,
    ],
    ['global average pooling', { op: 'globalAvgPool', ...base }, [4], undefined],
    ['an addition', { op: 'add', name: 'y', inputs: ['x', 'z'] }, [8, 6, 4], undefined],
    ['a concatenation', { op: 'concat', name: 'y', inputs: ['x', 'z', 'x'] }, [8, 6, 12], undefined],
    ['a part of a split', { op: 'split', ...base, sizes: [1, 3], part: 1 }, [8, 6, 3], undefined],
    ['sub-pixel upsampling', { op: 'depthToSpace', ...base, block: 2 }, [16, 12, 1], undefined],
    ['a channel shuffle', { op: 'channelShuffle', ...base, groups: 2 }, [8, 6, 4], undefined],
    ['upsampling', { op: 'upsample', ...base, factor: [2, 3], method: 'nearest' }, [16, 18, 4], undefined],
    [
      'padding of space and channels',
      { op: 'pad', ...base, padding: evenPadding(1), channels: { before: 1, after: 2 } },
      [10, 8, 7],
      undefined,
    ],
    [
      'subsampling that starts with the first pixel',
      { op: 'subsample', ...base, stride: [3, 4] },
      [3, 2, 4],
      undefined,
    ],
    ['flattening', { op: 'flatten', ...base }, [192], undefined],
    ['reshaping', { op: 'reshape', ...base, shape: [6, 32] }, [6, 32], undefined],
    ['a gather', { op: 'gather', ...base, indices: 'places' }, [2, 1, 3], undefined],
    ['a function', { op: 'function', ...base, function: 'elu', attributes: { alpha: 2 } }, [8, 6, 4], undefined],
    ['a product', { op: 'combine', name: 'y', inputs: ['x', 'z'], function: 'multiply' }, [8, 6, 4], undefined],
    ['a softmax', { op: 'softmax', ...base, log: true }, [8, 6, 4], undefined],
    ['the place of the greatest', { op: 'argMax', ...base }, [8, 6, 1], undefined],
    ['an output', { op: 'output', ...base }, [8, 6, 4], undefined],
  ])('gives the shape of %s', (_, node, shape, input) => {
    expect(infer(node, input)).toEqual(shape);
  });

  it.each<[string, NetworkNode, Shape | undefined, RegExp]>([
    ['a convolution of a vector', conv, [4], /^y: \(conv2d\) its input must be an image \[H, W, C\], not \[4\]/],
    [
      'a kernel of three axes',
      { ...conv, weight: 'flat' },
      undefined,
      /weight 'flat' must be \[kH, kW, Cin\/groups, Cout\], not \[3, 3, 4\]/,
    ],
    [
      'a kernel for other channels',
      { ...conv, weight: 'grouped' },
      undefined,
      /takes 2 channels in 1 group\(s\), but its input 'x' has 4/,
    ],
    [
      'groups that do not divide the channels',
      { ...conv, groups: 3 },
      undefined,
      /4 input and 6 output channels do not both divide into 3 groups/,
    ],
    ['no groups', { ...conv, groups: 0 }, undefined, /groups must be integers from 1 to 268435456, not 0/],
    ['a window larger than the image', { ...conv, dilation: [4, 1] }, undefined, /3×3 window does not fit into 8×6/],
    ['a stride of 0', { ...conv, stride: [0, 1] }, undefined, /stride must be integers from 1 to 1048576, not 0×1/],
    ['a fractional dilation', { ...conv, dilation: [1, 1.5] }, undefined, /dilation must be integers/],
    [
      'a negative padding',
      { ...conv, padding: { ...noPadding, left: -1 } },
      undefined,
      /padding \(top, bottom, left, right\) must be integers from 0 to 1048576, not 0×0×-1×0/,
    ],
    [
      'a parameter that is not there',
      { ...conv, weight: 'kernels' },
      undefined,
      /its weight is the parameter 'kernels', which the network does not have/,
    ],
    [
      'a bias of another length',
      { ...conv, bias: 'four' },
      undefined,
      /its bias 'four' has shape \[4\] where \[6\] is needed/,
    ],
    ['a dense layer on an image', dense, undefined, /must be a vector \[C\], not \[8, 6, 4\]; put a flatten before it/],
    [
      'a dense layer of another width',
      dense,
      [5],
      /has shape \[4, 10\] where \[5, outputs\] is needed, as its input 'x' has 5 elements/,
    ],
    ['a dense weight with four axes', { ...dense, weight: 'kernel' }, [4], /where \[4, outputs\] is needed/],
    ['a dense bias of another length', { ...dense, bias: 'six' }, [4], /bias 'six' has shape \[6\] where \[10\]/],
    [
      'a batch norm for other channels',
      { ...norm, mean: 'six' },
      undefined,
      /its mean 'six' has shape \[6\] where \[4\]/,
    ],
    [
      'a negative epsilon',
      { ...norm, epsilon: -1 },
      undefined,
      /epsilon must be a finite float32 number of at least 0, not -1/,
    ],
    ['an epsilon that is not finite', { ...norm, epsilon: Infinity }, undefined, /epsilon .* not Infinity/],
    [
      'a threshold for other channels',
      { op: 'activation', ...base, activation: site('six') },
      undefined,
      /its threshold 'six' has shape \[6\], which does not apply to \[8, 6, 4\]/,
    ],
    [
      'a threshold that is not there',
      { op: 'neuron', ...base, neuron: site('θ') },
      undefined,
      /its threshold is the parameter 'θ'/,
    ],
    [
      'a site without a kind',
      { op: 'neuron', ...base, neuron: { ...site('scalar'), kind: '' } },
      undefined,
      /its kind is empty/,
    ],
    ['a pool of a vector', pool, [4], /must be an image/],
    [
      'a pool that could miss the image',
      { ...pool, divisor: 'inside', padding: { ...noPadding, right: 2 } },
      undefined,
      /padding is as large as its 2×2 window/,
    ],
    [
      'a maximum over padding alone',
      { op: 'maxPool', ...base, size: [1, 2], stride: [1, 1], padding: { ...noPadding, top: 1 } },
      undefined,
      /padding is as large as its 1×2 window/,
    ],
    ['a sum of one value', { op: 'add', name: 'y', inputs: ['x'] }, undefined, /adds fewer than two values/],
    ['a concatenation of nothing', { op: 'concat', name: 'y', inputs: [] }, undefined, /at least one input/],
    [
      'parts that do not add up',
      { op: 'split', ...base, sizes: [1, 2], part: 0 },
      undefined,
      /parts 1 \+ 2 do not add up to 4 channels/,
    ],
    [
      'a part that is not there',
      { op: 'split', ...base, sizes: [1, 3], part: 2 },
      undefined,
      /has no part 2; its parts are 0 to 1/,
    ],
    ['an empty part', { op: 'split', ...base, sizes: [0, 4], part: 1 }, undefined, /sizes must be integers from 1/],
    [
      'a shuffle of uneven groups',
      { op: 'channelShuffle', ...base, groups: 3 },
      undefined,
      /4 channels do not divide into 3 groups/,
    ],
    [
      'blocks that do not divide the channels',
      { op: 'depthToSpace', ...base, block: 3 },
      undefined,
      /4 channels do not divide into 3×3 blocks/,
    ],
    [
      'places that are no indices',
      { op: 'gather', ...base, indices: 'four' },
      undefined,
      /its indices 'four' are a weight of type float32; they must be indices of type int32/,
    ],
    ['a scalar place', { op: 'gather', ...base, indices: 'place' }, undefined, /a single number is a vector \[1\]/],
    [
      'a place outside',
      { op: 'gather', ...base, indices: 'far' },
      undefined,
      /'far' are 192 at element 0, and \[8, 6, 4\] has elements 0 to 191/,
    ],
    [
      'an unknown attribute',
      { op: 'function', ...base, function: 'elu', attributes: { alfa: 2 } },
      undefined,
      /There is no attribute of 'elu' 'alfa'\. Did you mean 'alpha'\?/,
    ],
    [
      'an infinite attribute',
      { op: 'function', ...base, function: 'elu', attributes: { alpha: Infinity } },
      undefined,
      /its attribute 'alpha' is Infinity; it must be finite/,
    ],
    [
      'an empty range',
      { op: 'function', ...base, function: 'clip', attributes: { min: 1, max: 0 } },
      undefined,
      /its min 1 is above its max 0/,
    ],
    [
      'a fractional factor',
      { op: 'upsample', ...base, factor: [1.5, 2], method: 'nearest' },
      undefined,
      /factor must be integers from 1 to 1048576, not 1\.5×2/,
    ],
    [
      'a value beyond any memory',
      { op: 'upsample', ...base, factor: [2 ** 20, 2 ** 20], method: 'nearest' },
      undefined,
      /its value \[8388608, 6291456, 4\] would have 211106232532992 elements; 268435456 are the most/,
    ],
    [
      'negative channel padding',
      { op: 'pad', ...base, padding: noPadding, channels: { before: -1, after: 0 } },
      undefined,
      /channel padding \(before, after\)/,
    ],
    ['a stride of 0 in subsampling', { op: 'subsample', ...base, stride: [0, 1] }, undefined, /stride must be/],
    [
      'a reshape to another size',
      { op: 'reshape', ...base, shape: [8, 6] },
      undefined,
      /cannot turn \[8, 6, 4\] \(192 elements\) into \[8, 6\]/,
    ],
    ['a reshape to a scalar', { op: 'reshape', ...base, shape: [] }, [1], /its shape is empty/],
    ['an input without dimensions', { op: 'input', name: 'y', inputs: [], shape: [] }, undefined, /its shape is empty/],
    [
      'an input of fractional size',
      { op: 'input', name: 'y', inputs: [], shape: [1.5] },
      undefined,
      /dimensions must be integers/,
    ],
  ])('refuses %s', (_, node, input, message) => {
    expect(infer(node, input)).toMatch(message);
  });

  it('refuses to join values of different shapes, and names them', () => {
    expect(infer({ op: 'add', name: 'y', inputs: ['x', 'z'] }, [2, 2, 1], [2, 2, 2])).toBe(
      "y: (add) it adds values of different shapes: 'x' [2, 2, 1], 'z' [2, 2, 2]",
    );
    expect(infer({ op: 'combine', name: 'y', inputs: ['x', 'z'], function: 'divide' }, [2, 2, 1], [2, 2, 2])).toBe(
      "y: (combine) it combines values of different shapes: 'x' [2, 2, 1], 'z' [2, 2, 2]",
    );
    expect(infer({ op: 'concat', name: 'y', inputs: ['x', 'z'] }, [2, 2, 1], [2, 1, 1])).toBe(
      'y: (concat) its inputs [2, 2, 1] and [2, 1, 1] differ in more than their channels',
    );
  });
});

describe('tryInferShapes', () => {
  it('reports every fault once, and none behind a faulty node', () => {
    const nodes: NetworkNode[] = [
      { op: 'input', name: 'x', inputs: [], shape: [4] },
      { ...dense, name: 'a', weight: 'kernel' },
      { ...dense, name: 'behind', inputs: ['a'] },
      { ...dense, name: 'b', bias: 'six' },
      { ...dense, name: 'c' },
    ];
    const { shapes, problems } = tryInferShapes({ nodes, parameters, metadata: {} });
    expect(problems.map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect([...shapes.keys()]).toEqual(['x', 'c']);
    expect(() => inferShapes({ nodes, parameters, metadata: {} })).toThrow(/^a: .*\nb: /);
  });
});

describe('shapeAt', () => {
  it('answers an unknown name with near ones', () => {
    const shapes = new Map([['conv1', [1]]]);
    expect(shapeAt(shapes, 'conv1')).toEqual([1]);
    expect(() => shapeAt(shapes, 'conv2')).toThrow(/no node 'conv2'\. Did you mean 'conv1'/);
  });
});

describe('slidingOutput', () => {
  it('counts the windows that fit, by sliding one', () => {
    for (const [length, window, stride, before, after, dilation] of [
      [7, 3, 2, 1, 1, 1],
      [7, 3, 3, 0, 2, 2],
      [5, 5, 1, 0, 0, 1],
      [4, 3, 1, 0, 0, 2],
    ] as const) {
      let windows = 0;
      for (let at = -before; at + (window - 1) * dilation < length + after; at += stride) windows += 1;
      expect(Math.max(slidingOutput(length, window, stride, before, after, dilation), 0)).toBe(windows);
    }
  });
});
