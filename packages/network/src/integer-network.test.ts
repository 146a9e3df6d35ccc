import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { integerBounds } from './integer-bounds.js';
import { integerProblems, isIntegerNetwork } from './integer-network.js';
import type { Network } from './network.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import type { NetworkNode } from './node.js';
import type { Parameter } from './parameter.js';
import { float32Parameter, scalarParameter } from './parameter.js';
import { validateNetwork } from './validation.js';

const int8 = (shape: readonly number[], ...values: number[]): Parameter => ({
  role: 'weight',
  type: 'int8',
  shape,
  data: Int8Array.from(values),
});
const int32 = (role: Parameter['role'], ...values: number[]): Parameter => ({
  role,
  type: 'int32',
  shape: [values.length],
  data: Int32Array.from(values),
});

/** 2×2 image → quantize → 1×1 convolution → if → sum over 2×2 → dense → scale → output, with its nodes changed. */
function small(change: (node: NetworkNode) => NetworkNode = (node) => node): Network {
  const build = networkBuilder();
  const image = build.input('image', [2, 2, 1]);
  const step = build.parameter('step', scalarParameter('scale', 0.5));
  const quantized = build.node({ op: 'quantize', name: 'quantized', inputs: [image], step, limit: 10 });
  const conv = build.conv2d('conv', quantized, { weight: int8([1, 1, 1, 2], 3, -4), bias: int32('bias', 5, 0) });
  const threshold = build.parameter('theta', int32('threshold', 7, 8));
  const initialPotential = build.parameter('start', int32('initialPotential', 3, 4));
  const site = build.node({
    op: 'neuron',
    name: 'site',
    inputs: [conv],
    neuron: { kind: 'if', parameters: { threshold, initialPotential }, attributes: {} },
    spikeValue: 'one',
  });
  const pool = build.node({
    op: 'avgPool',
    name: 'pool',
    inputs: [site],
    size: [2, 2],
    stride: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    divisor: 'none',
  });
  const flat = build.node({ op: 'flatten', name: 'flat', inputs: [pool] });
  const dense = build.dense('dense', flat, { weight: int8([2, 1], 9, -2) });
  const factor = build.parameter('factor', float32Parameter('scale', [1], [0.25]));
  build.output('out', build.node({ op: 'scale', name: 'scaled', inputs: [dense], factor }));
  const network = build.build();
  return { ...network, nodes: network.nodes.map(change) };
}

const at = (name: string, change: (node: NetworkNode) => NetworkNode) => (node: NetworkNode) =>
  node.name === name ? change(node) : node;

describe('an integer network', () => {
  it('is told by its neurons, and read back from a file as it was', () => {
    expect(isIntegerNetwork(small())).toBe(true);
    expect(integerProblems(small())).toEqual([]);
    expect(decodeNetwork(encodeNetwork(small()), 'test')).toEqual(small());
  });

  it('has bounds that follow from its weights', () => {
    const bounds = [...integerBounds(small())].map(([name, { least, greatest }]) => [name, [...least], [...greatest]]);
    expect(bounds).toEqual([
      ['image', [-Infinity], [Infinity]],
      ['quantized', [-10], [10]],
      ['conv', [-25, -40], [35, 40]],
      ['site', [0, 0], [1, 1]],
      ['pool', [0, 0], [4, 4]],
      ['flat', [0, 0], [4, 4]],
      ['dense', [-8], [36]],
      ['scaled', [-2], [9]],
      ['out', [-2], [9]],
    ]);
  });

  it.each<[string, Network, string]>([
    [
      'a neuron whose spikes are worth θ',
      small(
        at('site', (node) =>
          node.op === 'neuron' ? { op: 'neuron', name: 'site', inputs: node.inputs, neuron: node.neuron } : node,
        ),
      ),
      'site: its spikes are worth θ, not one',
    ],
    [
      'an average',
      small(at('pool', (node) => (node.op === 'avgPool' ? { ...node, divisor: 'window' } : node))),
      'pool: it divides; a sum (divisor none) stays an integer',
    ],
    [
      'an input that is read unquantized',
      small(at('conv', (node) => (node.op === 'conv2d' ? { ...node, inputs: ['image'] } : node))),
      'image: it is read by a node that does not quantize it',
    ],
    [
      'an unknown neuron',
      small(
        at('site', (node) =>
          node.op === 'neuron' ? { ...node, neuron: { ...node.neuron, kind: 'resonator' } } : node,
        ),
      ),
      "site: its neuron 'resonator' has no integer rule; those that have: if, if-shift, if-hard, lif, lif-hard, if-above, if-hard-above, lif-above, lif-hard-above, signed-if, compensating-if, burst, multi-threshold, differential, harmony",
    ],
  ])('is not one with %s', (_, network, problem) => {
    expect(integerProblems(network).map(({ subject, message }) => `${subject}: ${message}`)).toEqual([problem]);
  });

  it.each<[string, (node: NetworkNode) => NetworkNode, RegExp]>([
    [
      'a limit below one',
      at('quantized', (node) => (node.op === 'quantize' ? { ...node, limit: 0 } : node)),
      /its limit must be integers/,
    ],
    [
      'a step for each of other channels',
      at('quantized', (node) => (node.op === 'quantize' ? { ...node, step: 'start' } : node)),
      /its step 'start' has shape \[2\], which does not apply to \[2, 2, 1\]: a scalar or one per channel is needed/,
    ],
    [
      'a factor of another shape',
      at('scaled', (node) => (node.op === 'scale' ? { ...node, factor: 'start' } : node)),
      /its factor 'start' has shape \[2\]/,
    ],
  ])('is not well-formed with %s', (_, change, message) => {
    expect(
      validateNetwork(small(change))
        .map((problem) => problem.message)
        .join('\n'),
    ).toMatch(message);
  });

  it('is not well-formed with a step that is not above 0', () => {
    const network = small();
    const parameters = new Map(network.parameters).set('step', scalarParameter('scale', 0));
    expect(validateNetwork({ ...network, parameters })).toEqual([
      { subject: 'quantized', message: "its step 'step' is 0 at element 0; a level's width must be above 0" },
    ]);
  });
});
