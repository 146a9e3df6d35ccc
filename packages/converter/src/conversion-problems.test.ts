import type { Network, NetworkBuilder } from '@rheobase/network';
import { analogHead, constantParameter, indicesParameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { conversionProblems } from './conversion-problems.js';
import { ConversionError } from './conversion-report.js';
import { convert } from './convert.js';
import { formatReport } from './format-report.js';
import { toQuantClip } from './to-quant-clip.js';

const kernel = (from: number, to: number) => ({ weight: constantParameter('weight', [1, 1, from, to], 0.5) });
const clip = () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 1) } });

function functionOf(builder: NetworkBuilder, name: string, input: string, of: 'sigmoid' | 'hardswish' | 'exp'): string {
  return builder.node({ op: 'function', name, inputs: [input], function: of, attributes: {} });
}

/** A site, then what is given, a layer, and another site if it is between sites. */
function around(middle: (builder: NetworkBuilder, input: string) => string, between = true): Network {
  const builder = networkBuilder();
  const first = builder.activation(
    'first',
    builder.conv2d('conv1', builder.input('x', [2, 2, 2]), kernel(2, 2)),
    clip(),
  );
  const conv = builder.conv2d('conv2', middle(builder, first), kernel(2, 2));
  builder.output('y', between ? builder.activation('second', conv, clip()) : conv);
  return builder.build();
}

/** A squeeze-and-excitation block: the rates of each channel times a gate computed of their means. */
function squeeze(builder: NetworkBuilder, input: string): string {
  const mean = builder.node({ op: 'globalAvgPool', name: 'mean', inputs: [input] });
  const weight = constantParameter('weight', [2, 2], 0.5);
  const gate = functionOf(builder, 'gate', builder.dense('squeeze', mean, { weight }), 'sigmoid');
  const indices = builder.parameter('places', indicesParameter([2, 2, 2], [0, 1, 0, 1, 0, 1, 0, 1]));
  const spread = builder.node({ op: 'gather', name: 'spread', inputs: [gate], indices });
  return builder.node({ op: 'combine', name: 'excite', inputs: [input, spread], function: 'multiply' });
}

const refused = (network: Network): string => {
  try {
    convert(network);
  } catch (error) {
    if (error instanceof ConversionError) return error.message;
    throw error;
  }
  throw new Error('the network was converted');
};

describe('conversionProblems', () => {
  it('names a function between sites, what it leads to, and what to replace it by', () => {
    const network = around((builder, input) => functionOf(builder, 'swish', input, 'hardswish'));
    expect(conversionProblems(network)).toEqual([
      {
        node: 'swish',
        operation: 'hardswish',
        reason:
          "'hardswish' between activation sites: it leads through 'conv2' to the site 'second', but only sums of spikes can be computed there",
        waysOut: [
          'replace it by activations that become neurons (--replace hardswish=relu6) and fine-tune the network after that',
        ],
      },
    ]);
    expect(refused(network)).toMatch(
      /1 of the network's 7 nodes cannot be converted:\n {2}swish \(function\): 'hardswish'/,
    );
    expect(() => toQuantClip(network, { levels: 4 })).toThrow(
      /swish \(function\): 'hardswish' between activation sites/,
    );
  });

  it('finds the gate and the product of a squeeze-and-excitation block', () => {
    const problems = conversionProblems(around(squeeze));
    expect(problems.map(({ node, operation }) => [node, operation])).toEqual([
      ['gate', 'sigmoid'],
      ['excite', 'multiply'],
    ]);
    expect(problems[1]?.waysOut[0]).toMatch(/no squeeze-and-excitation/);
    expect(problems[0]?.waysOut).toEqual([
      expect.stringMatching(
        /^replacing it does not help, because 'excite' \(multiply\) has no replacement: use a network without/,
      ),
    ]);
  });

  it('finds the softmax of an attention', () => {
    const attention = around((builder, input) =>
      builder.node({ op: 'softmax', name: 'attention', inputs: [input], log: false }),
    );
    expect(conversionProblems(attention)).toMatchObject([
      { node: 'attention', operation: 'softmax', waysOut: ['use a network without softmax attention'] },
    ]);
  });

  it('finds nothing in a head, whatever layers are in it', () => {
    expect(conversionProblems(around(squeeze, false))).toEqual([]);
    expect([...analogHead(around(squeeze, false))]).toEqual(['gate', 'spread', 'excite', 'conv2', 'y']);
    expect(convert(around(squeeze, false)).network.nodes.filter(({ op }) => op === 'neuron')).toHaveLength(1);
  });

  it('finds what stands between the layers of a network without sites', () => {
    const builder = networkBuilder();
    const hidden = functionOf(
      builder,
      'hidden',
      builder.conv2d('conv', builder.input('x', [1, 1, 1]), kernel(1, 1)),
      'sigmoid',
    );
    const scores = builder.conv2d('scores', hidden, kernel(1, 1));
    builder.output('y', builder.node({ op: 'softmax', name: 'softmax', inputs: [scores], log: false }));
    expect(conversionProblems(builder.build()).map(({ node, reason }) => `${node}: ${reason}`)).toEqual([
      "hidden: 'sigmoid' before the layer 'scores' of a network without activation sites, which would have no neurons",
    ]);
  });

  it('says in the report what the head is', () => {
    const report = formatReport(convert(around(squeeze, false)).report);
    expect(report).toMatch(/gate +function +passed +analog head: computed on means over time/);
    expect(report).not.toMatch(/warning: conv2/);
  });
});
