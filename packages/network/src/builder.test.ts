import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { NetworkError } from './network.js';
import { evenPadding, noPadding } from './padding.js';
import { constantParameter, scalarParameter } from './parameter.js';

const perChannel = (role: 'scale' | 'bias' | 'statistic', value: number) => constantParameter(role, [3], value);

function example() {
  const builder = networkBuilder();
  const x = builder.input('x', [4, 4, 2]);
  const conv = builder.conv2d('conv', x, {
    weight: constantParameter('weight', [3, 3, 2, 3], 0.1),
    bias: perChannel('bias', 0),
    padding: evenPadding(1),
  });
  const norm = builder.batchNorm('norm', conv, {
    scale: perChannel('scale', 1),
    offset: perChannel('bias', 0),
    mean: perChannel('statistic', 0),
    variance: perChannel('statistic', 1),
    epsilon: 1e-5,
  });
  const clip = builder.activation('clip', norm, {
    kind: 'clip',
    parameters: { threshold: scalarParameter('threshold', 5) },
  });
  const neuron = builder.neuron('neuron', clip, { kind: 'burst', attributes: { gain: 2 } });
  const mean = builder.node({ op: 'globalAvgPool', name: 'mean', inputs: [neuron] });
  const dense = builder.dense('dense', mean, { weight: constantParameter('weight', [3, 2], 1) });
  builder.output('out', dense);
  return builder;
}

describe('networkBuilder', () => {
  it('names parameters after their node and part', () => {
    expect([...example().build().parameters.keys()]).toEqual([
      'conv.weight',
      'conv.bias',
      'norm.scale',
      'norm.offset',
      'norm.mean',
      'norm.variance',
      'clip.threshold',
      'dense.weight',
    ]);
  });

  it('fills in stride, padding, dilation and groups, and leaves an absent bias out', () => {
    const { nodes } = example().build();
    expect(nodes.find((node) => node.name === 'conv')).toEqual({
      op: 'conv2d',
      name: 'conv',
      inputs: ['x'],
      weight: 'conv.weight',
      bias: 'conv.bias',
      stride: [1, 1],
      padding: evenPadding(1),
      dilation: [1, 1],
      groups: 1,
    });
    expect(nodes.find((node) => node.name === 'dense')).not.toHaveProperty('bias');
    expect(nodes.find((node) => node.name === 'neuron')).toMatchObject({
      neuron: { kind: 'burst', parameters: {}, attributes: { gain: 2 } },
    });
  });

  it('pads a convolution by nothing unless told to', () => {
    const builder = networkBuilder();
    const conv = builder.conv2d('conv', builder.input('x', [2, 2, 1]), {
      weight: constantParameter('weight', [2, 2, 1, 1], 1),
    });
    builder.output('out', conv);
    expect(builder.build().nodes[1]).toMatchObject({ padding: noPadding });
  });

  it('gives networks that later additions do not reach', () => {
    const builder = example();
    const metadata: Record<string, string> = { model: 'example' };
    const network = builder.build(metadata);
    metadata['model'] = 'changed';
    builder.output('second', 'mean');
    expect(network.nodes).toHaveLength(8);
    expect(builder.build().nodes).toHaveLength(9);
    expect(network.metadata).toEqual({ model: 'example' });
  });

  it('lets several nodes use one parameter that was added by name', () => {
    const builder = networkBuilder();
    const shared = builder.parameter('shared', constantParameter('weight', [2, 2], 1));
    const first = builder.node({ op: 'dense', name: 'first', inputs: [builder.input('x', [2])], weight: shared });
    builder.output('out', builder.node({ op: 'dense', name: 'second', inputs: [first], weight: shared }));
    expect(builder.build().parameters.size).toBe(1);
  });

  it('refuses a second parameter of one name at once, and a network that is not well-formed when it is built', () => {
    const builder = networkBuilder();
    builder.parameter('dense.weight', scalarParameter('weight', 1));
    expect(() => builder.dense('dense', 'x', { weight: scalarParameter('weight', 1) })).toThrow(
      'dense.weight: two parameters have this name',
    );
    expect(() => networkBuilder().build()).toThrow(NetworkError);
    const faulty = networkBuilder();
    faulty.output('out', faulty.input('x', [0]));
    expect(() => faulty.build()).toThrow(/x: \(input\) its dimensions must be integers from 1 to 268435456, not 0/);
  });
});
