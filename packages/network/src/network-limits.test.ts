import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import { networkLimits } from './network-limits.js';
import type { NetworkNode, Padding, Pair } from './node.js';
import { noPadding } from './padding.js';
import { constantParameter } from './parameter.js';
import type { Shape } from './shape.js';
import { validateNetwork } from './validation.js';

const { axes, elements, extent, levels } = networkLimits;
const parameters = new Map([['w', constantParameter('weight', [1, 1, 2, 2], 1)]]);
const base = { name: 'node', inputs: ['x'] } as const;
const conv = {
  op: 'conv2d',
  ...base,
  weight: 'w',
  stride: [1, 1],
  padding: noPadding,
  dilation: [1, 1],
  groups: 1,
} as const;
const pool = { op: 'avgPool', ...base, size: [1, 1], stride: [1, 1], padding: noPadding, divisor: 'window' } as const;
const max = { op: 'maxPool', ...base, size: [1, 1], stride: [1, 1], padding: noPadding } as const;
const pad = { op: 'pad', ...base, padding: noPadding, channels: { before: 0, after: 0 } } as const;

/** Faults of a network with one node between input and output. */
function faults(node: NetworkNode, shape: Shape = [4, 4, 2]): readonly string[] {
  const nodes: readonly NetworkNode[] = [
    { op: 'input', name: 'x', inputs: [], shape },
    node,
    { op: 'output', name: 'out', inputs: ['node'] },
  ];
  return validateNetwork({ nodes, parameters: node.op === 'conv2d' ? parameters : new Map(), metadata: {} }).map(
    ({ subject, message }) => `${subject}: ${message}`,
  );
}

const twice = (value: number): Pair => [value, 1];
const below = (value: number): Padding => ({ ...noPadding, bottom: value });

describe('networkLimits', () => {
  it.each<[string, (value: number) => NetworkNode, number, RegExp]>([
    ['a dilation', (value) => ({ ...conv, dilation: twice(value) }), extent, /its dilation must be integers from 1 to/],
    ['a stride', (value) => ({ ...conv, stride: twice(value) }), extent, /its stride must be integers from 1 to/],
    ['a padding', (value) => ({ ...conv, padding: below(value) }), extent, /its padding .* must be integers from 0 to/],
    ['a pooling’s stride', (value) => ({ ...pool, stride: twice(value) }), extent, /its stride must be/],
    ['a pooling’s padding', (value) => ({ ...pool, padding: below(value) }), extent, /its padding .* must be/],
    [
      'a pooling’s window',
      (value) => ({ ...pool, size: twice(value), padding: below(extent) }),
      extent,
      /its window must be integers from 1 to/,
    ],
    ['a max pooling’s stride', (value) => ({ ...max, stride: twice(value) }), extent, /its stride must be/],
    ['a subsampling', (value) => ({ op: 'subsample', ...base, stride: twice(value) }), extent, /its stride must be/],
    ['padding', (value) => ({ ...pad, padding: below(value) }), extent, /its padding .* must be/],
    [
      'an enlargement',
      (value) => ({ op: 'upsample', ...base, factor: twice(value), method: 'nearest' }),
      extent,
      /its factor/,
    ],
  ])('lets %s reach its limit, and names node, field and limit beyond it', (_, nodeWith, limit, message) => {
    expect(faults(nodeWith(limit))).toEqual([]);
    for (const value of [limit + 1, 2 ** 31, 2 ** 32, 2 ** 53, Infinity, Number.NaN, 1.5]) {
      const [first = ''] = faults(nodeWith(value));
      expect(first).toMatch(/^node: /);
      expect(first).toMatch(message);
      expect(first).toContain(`to ${limit}, not`);
    }
  });

  it('bounds the elements of a value, and of an input with its padding', () => {
    const flatten = { op: 'flatten', ...base } as const;
    expect(faults(flatten, [elements / 4, 2, 2])).toEqual([]);
    expect(faults(flatten, [elements / 4 + 1, 2, 2])).toEqual([
      `x: (input) its value [${elements / 4 + 1}, 2, 2] would have ${elements + 4} elements; ${elements} are the most`,
    ]);
    const wide = { top: 20_000, bottom: 20_000, left: 20_000, right: 20_000 };
    expect(faults({ ...pool, size: [40_000, 40_000], padding: wide })).toEqual([
      `node: (avgPool) its input with its padding [40004, 40004, 2] would have 3200640032 elements; ${elements} are the most`,
    ]);
  });

  it('bounds the axes of values and parameters', () => {
    const shape = new Array<number>(axes).fill(1);
    const reshape = (to: Shape): NetworkNode => ({ op: 'reshape', ...base, shape: to });
    expect(faults(reshape(shape), [1])).toEqual([]);
    expect(faults(reshape([...shape, 1]), [1])).toEqual([
      'node: (reshape) its value would have 6 axes; 5 are the most',
    ]);
    expect(faults(reshape([1]), [...shape, 1])).toEqual(['x: (input) its value would have 6 axes; 5 are the most']);
    const scale: NetworkNode = { op: 'scale', ...base, factor: 'f' };
    const nodes: readonly NetworkNode[] = [{ op: 'input', name: 'x', inputs: [], shape: [1] }, scale];
    const deep = new Map([['f', constantParameter('scale', [...shape, 1], 1)]]);
    const problems = validateNetwork({ nodes, parameters: deep, metadata: {} });
    expect(problems).toContainEqual({ subject: 'f', message: 'its shape has 6 axes; 5 are the most' });
  });

  it('bounds the levels of a quantization by what float32 counts', () => {
    const quantize = (limit: number): NetworkNode => ({ op: 'quantize', ...base, step: 's', limit });
    expect(faults(quantize(levels + 1))).toContainEqual(
      `node: (quantize) its limit must be integers from 1 to ${levels}, not ${levels + 1}`,
    );
    expect(faults(quantize(levels)).join()).not.toContain('limit');
  });

  it('holds for what is built and for what is read', () => {
    const build = (dilation: Pair) => {
      const builder = networkBuilder();
      const weight = constantParameter('weight', [1, 1, 2, 2], 1);
      builder.output('out', builder.conv2d('far', builder.input('x', [4, 4, 2]), { weight, dilation }));
      return builder.build();
    };
    expect(() => build([extent + 1, 1])).toThrow(/^far: \(conv2d\) its dilation must be integers from 1 to 1048576/);
    const text = new TextDecoder('latin1').decode(encodeNetwork(build([1_000_000, 1])));
    const bytes = Uint8Array.from(text.replace('1000000', '9000000'), (character) => character.charCodeAt(0));
    expect(() => decodeNetwork(bytes, 'far.safetensors')).toThrow(
      /^far\.safetensors: far: \(conv2d\) its dilation must be integers from 1 to 1048576, not 9000000×1/,
    );
  });
});
