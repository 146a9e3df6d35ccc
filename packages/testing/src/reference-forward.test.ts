import type { NetworkNode, Parameter, Shape } from '@rheobase/network';
import { assertValid, float32Parameter, noPadding } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { expectClose } from './expect-close.js';
import { referenceForward } from './reference-forward.js';

/** The value of a node directly after an input. */
function through(
  shape: Shape,
  image: readonly number[],
  node: NetworkNode,
  parameters: Readonly<Record<string, Parameter>> = {},
): readonly number[] {
  const network = assertValid({
    nodes: [{ op: 'input', name: 'x', inputs: [], shape }, node, { op: 'output', name: 'out', inputs: [node.name] }],
    parameters: new Map(Object.entries(parameters)),
    metadata: {},
  });
  return [...(referenceForward(network, image).get('out') ?? [])];
}
const base = { name: 'y', inputs: ['x'] } as const;
const square = [1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('referenceForward', () => {
  it('takes the softmax of large values without overflow', () => {
    const softmax = (log: boolean) => through([2], [1000, 1001], { op: 'softmax', ...base, log });
    const odds = 1 / (1 + Math.E);
    expectClose(softmax(false), [odds, 1 - odds], { absolute: 1e-12 });
    expectClose(softmax(true), [Math.log(odds), Math.log(1 - odds)], { absolute: 1e-9 });
  });

  it('correlates with stride, dilation and uneven padding (worked by hand)', () => {
    const conv = {
      op: 'conv2d',
      ...base,
      weight: 'w',
      stride: [1, 1],
      padding: noPadding,
      dilation: [1, 1],
      groups: 1,
    } as const;
    const w = { w: float32Parameter('weight', [2, 2, 1, 1], [1, 10, 100, 1000]) };
    expect(through([3, 3, 1], square, conv, w)).toEqual([5421, 6532, 8754, 9865]);
    expect(through([3, 3, 1], square, { ...conv, dilation: [2, 2] }, w)).toEqual([9731]);
    const padding = { top: 1, bottom: 0, left: 0, right: 1 };
    expect(through([3, 3, 1], square, { ...conv, stride: [2, 2], padding }, w)).toEqual([2100, 300, 8754, 906]);
  });

  it('convolves each group with its own filters', () => {
    const conv = {
      op: 'conv2d',
      ...base,
      weight: 'w',
      bias: 'b',
      stride: [1, 1],
      padding: noPadding,
      dilation: [1, 1],
      groups: 2,
    } as const;
    const parameters = {
      w: float32Parameter('weight', [1, 1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      b: float32Parameter('bias', [4], [0.5, 0, 0, 0]),
    };
    // channels 1 and 10 are the first group, 100 and 1000 the second; weights [Cin/groups, Cout]
    expect(through([1, 1, 4], [1, 10, 100, 1000], conv, parameters)).toEqual([51.5, 62, 7300, 8400]);
  });

  it('multiplies a dense layer as x·W + b', () => {
    const parameters = {
      w: float32Parameter('weight', [2, 3], [1, 2, 3, 4, 5, 6]),
      b: float32Parameter('bias', [3], [0, 0, 1]),
    };
    expect(through([2], [1, 10], { op: 'dense', ...base, weight: 'w', bias: 'b' }, parameters)).toEqual([41, 52, 64]);
  });

  it('normalizes by the running statistics', () => {
    const vector = (role: 'scale' | 'bias' | 'statistic', ...data: number[]) => float32Parameter(role, [2], data);
    const parameters = {
      g: vector('scale', 2, 1),
      b: vector('bias', 5, 0),
      m: vector('statistic', 1, 0),
      v: vector('statistic', 4, 0.75),
    };
    const node = {
      op: 'batchNorm',
      ...base,
      scale: 'g',
      offset: 'b',
      mean: 'm',
      variance: 'v',
      epsilon: 0.25,
    } as const;
    expectClose(through([1, 1, 2], [3, 7], node, parameters), [2 * (2 / Math.sqrt(4.25)) + 5, 7], { absolute: 1e-12 });
  });

  it('averages over the whole window or over what lies inside, and takes maxima of what lies inside', () => {
    const pool = { ...base, size: [2, 2], stride: [2, 2], padding: { top: 1, bottom: 0, left: 1, right: 0 } } as const;
    expect(through([3, 3, 1], square, { op: 'avgPool', ...pool, divisor: 'window' })).toEqual([0.25, 1.25, 2.75, 7]);
    expect(through([3, 3, 1], square, { op: 'avgPool', ...pool, divisor: 'inside' })).toEqual([1, 2.5, 5.5, 7]);
    const negative = square.map((x) => -x);
    expect(through([3, 3, 1], negative, { op: 'maxPool', ...pool })).toEqual([-1, -2, -4, -5]);
    expect(through([2, 1, 2], [1, 10, 3, 30], { op: 'globalAvgPool', ...base })).toEqual([2, 20]);
  });

  it('adds, also a value to itself', () => {
    expect(through([2], [1, 2], { op: 'add', name: 'y', inputs: ['x', 'x', 'x'] })).toEqual([3, 6]);
  });

  it('concatenates, splits and shuffles channels', () => {
    expect(through([2, 1, 2], [1, 2, 3, 4], { op: 'concat', name: 'y', inputs: ['x', 'x'] })).toEqual([
      1, 2, 1, 2, 3, 4, 3, 4,
    ]);
    expect(through([2, 1, 3], [1, 2, 3, 4, 5, 6], { op: 'split', ...base, sizes: [1, 2], part: 1 })).toEqual([
      2, 3, 5, 6,
    ]);
    const blocks = through([1, 1, 8], [0, 1, 2, 3, 4, 5, 6, 7], { op: 'depthToSpace', ...base, block: 2 });
    expect(blocks).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(through([6], [0, 1, 2, 3, 4, 5], { op: 'channelShuffle', ...base, groups: 2 })).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('upsamples to the nearest, and bilinearly at half-pixel centres with the edge held', () => {
    expect(through([1, 2, 1], [0, 4], { op: 'upsample', ...base, factor: [2, 2], method: 'nearest' })).toEqual([
      0, 0, 4, 4, 0, 0, 4, 4,
    ]);
    expect(through([1, 2, 1], [0, 4], { op: 'upsample', ...base, factor: [1, 2], method: 'bilinear' })).toEqual([
      0, 1, 3, 4,
    ]);
    expect(
      through([2, 1, 1], [0, 3], { op: 'upsample', ...base, factor: [3, 1], method: 'bilinear' }).map(
        (x) => Math.round(x * 2) / 2,
      ),
    ).toEqual([0, 0, 1, 2, 3, 3]);
  });

  it('pads with zeros, channels included, and subsamples from the first pixel', () => {
    const padding = { top: 1, bottom: 0, left: 0, right: 1 };
    expect(through([1, 1, 1], [7], { op: 'pad', ...base, padding, channels: { before: 1, after: 0 } })).toEqual([
      0, 0, 0, 0, 0, 7, 0, 0,
    ]);
    expect(through([3, 3, 1], square, { op: 'subsample', ...base, stride: [2, 2] })).toEqual([1, 3, 7, 9]);
  });

  it('flattens and reshapes row-major', () => {
    expect(through([2, 1, 2], [1, 2, 3, 4], { op: 'flatten', ...base })).toEqual([1, 2, 3, 4]);
    expect(through([4], [1, 2, 3, 4], { op: 'reshape', ...base, shape: [1, 2, 2] })).toEqual([1, 2, 3, 4]);
  });

  it('applies activations with one threshold, one a channel or one an element', () => {
    const clip = {
      op: 'activation',
      ...base,
      activation: { kind: 'clip', parameters: { threshold: 'θ' }, attributes: {} },
    } as const;
    const image = [-1, 5, 5, 0.5];
    const at = (shape: Shape, ...data: number[]) => ({ θ: float32Parameter('threshold', shape, data) });
    expect(through([2, 1, 2], image, clip, at([], 2))).toEqual([0, 2, 2, 0.5]);
    expect(through([2, 1, 2], image, clip, at([2], 1, 2))).toEqual([0, 2, 1, 0.5]);
    expect(through([2, 1, 2], image, clip, at([2, 1, 2], 1, 2, 3, 0.25))).toEqual([0, 2, 3, 0.25]);
    expect(through([2, 1, 2], image, clip, at([2, 1, 1], 1, 4))).toEqual([0, 1, 4, 0.5]);
  });

  it('rounds quant-clip half up: floor(x + 1/2)', () => {
    const site = { kind: 'quant-clip', parameters: { threshold: 'θ' }, attributes: { levels: 4 } };
    const θ = { θ: float32Parameter('threshold', [], [2]) };
    expect(through([5], [0.25, 0.24, 0.75, 9, -0.25], { op: 'activation', ...base, activation: site }, θ)).toEqual([
      0.5, 0, 1, 2, 0,
    ]);
  });

  it('takes other activations as functions, and names the node when one is missing', () => {
    const node = {
      op: 'activation',
      ...base,
      activation: { kind: 'square', parameters: {}, attributes: { gain: 3 } },
    } as const;
    const nodes: NetworkNode[] = [
      { op: 'input', name: 'x', inputs: [], shape: [2] },
      node,
      { op: 'output', name: 'out', inputs: ['y'] },
    ];
    const network = { nodes, parameters: new Map(), metadata: {} };
    const square = (z: number, values: Readonly<Record<string, number>>) => z * z * (values['gain'] ?? NaN);
    expect([...(referenceForward(network, [1, 2], { square }).get('out') ?? [])]).toEqual([3, 12]);
    expect(() => referenceForward(network, [1, 2])).toThrow(/^y: no reference of kind 'square'/);
  });

  it('feeds several inputs by name and refuses an input of the wrong size', () => {
    const nodes: NetworkNode[] = [
      { op: 'input', name: 'a', inputs: [], shape: [1] },
      { op: 'input', name: 'b', inputs: [], shape: [1] },
      { op: 'add', name: 'y', inputs: ['a', 'b'] },
      { op: 'output', name: 'out', inputs: ['y'] },
    ];
    const network = { nodes, parameters: new Map(), metadata: {} };
    const inputs = new Map([
      ['a', [1]],
      ['b', [2]],
    ]);
    expect([...(referenceForward(network, inputs).get('out') ?? [])]).toEqual([3]);
    expect(() => referenceForward(network, new Map([['a', [1]]]))).toThrow(
      /'b' takes 1 numbers, \[1\]; none were given/,
    );
    expect(() => referenceForward(network, [1, 2])).toThrow(/'a' takes 1 numbers, \[1\]; 2 were given/);
  });
});
