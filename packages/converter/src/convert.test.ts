import type { Network } from '@rheobase/network';
import { constantParameter, networkBuilder, noPadding, scalarParameter, validateNetwork } from '@rheobase/network';
import { clipSite, networkArbitrary, randomFeatures } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConversionError, entriesOf } from './conversion-report.js';
import { convert } from './convert.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { formatReport } from './format-report.js';
import { replaceMaxPool } from './replace-max-pool.js';
import { toSpiking } from './to-spiking.js';

const statistics = (channels: number) => ({
  scale: constantParameter('scale', [channels], 1),
  offset: constantParameter('bias', [channels], 0),
  mean: constantParameter('statistic', [channels], 0),
  variance: constantParameter('statistic', [channels], 1),
  epsilon: 1e-5,
});
const kernel = (from: number, to: number) => ({ weight: constantParameter('weight', [1, 1, from, to], 0.5) });
const clip = () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 1) } });

/** A network with everything that can be refused, and something that only gets a warning. */
function troublesome(): Network {
  const build = networkBuilder();
  const image = build.input('image', [4, 4, 2]);
  const loose = build.batchNorm('loose', image, statistics(2));
  const first = build.activation('gelu', build.conv2d('conv', loose, kernel(2, 2)), { kind: 'gelu' });
  const pool = build.node({
    op: 'maxPool',
    name: 'pool',
    inputs: [first],
    size: [2, 2],
    stride: [2, 2],
    padding: noPadding,
  });
  const second = build.activation('relu', build.conv2d('conv2', pool, kernel(2, 2)), { kind: 'relu' });
  const linear = build.conv2d('linear2', build.conv2d('linear1', second, kernel(2, 2)), kernel(2, 2));
  build.output('map', build.activation('clip', linear, clip()));
  return build.build();
}

function refusal(network: Network): ConversionError {
  try {
    convert(network);
  } catch (error) {
    if (error instanceof ConversionError) return error;
    throw error;
  }
  throw new Error('the network was converted');
}

describe('convert', () => {
  it('reports every node of random networks exactly once, in order, and leaves no activation or batch norm behind', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite }), (source) => {
        const { network, report } = convert(source);
        expect(report.entries.map(({ node }) => node)).toEqual(source.nodes.map(({ name }) => name));
        expect(validateNetwork(network)).toEqual([]);
        expect(network.nodes.filter(({ op }) => ['activation', 'batchNorm'].includes(op))).toEqual([]);
        const count = (op: string) => source.nodes.filter((node) => node.op === op).length;
        expect(entriesOf(report, 'converted')).toHaveLength(count('activation'));
        expect(entriesOf(report, 'folded')).toHaveLength(count('batchNorm'));
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('converts as its parts do one after the other', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite }), (source) => {
        expect(convert(source).network).toEqual(toSpiking(foldBatchNorm(source)));
      }),
      { seed: 9, numRuns: 20 },
    );
  });

  it('names in one error everything that is refused, with the reasons, and carries the whole report', () => {
    const error = refusal(troublesome());
    expect(error.message).toMatch(/^3 of the network's 11 nodes cannot be converted:/);
    expect(error.message).toMatch(/loose \(batchNorm\): there is no convolution or dense layer right before it/);
    expect(error.message).toMatch(/gelu \(activation\): its activation is not known/);
    expect(error.message).toMatch(/relu \(activation\): a 'relu' has no threshold,/);
    expect(error.report.entries.map(({ node }) => node)).toEqual(troublesome().nodes.map(({ name }) => name));
  });

  it('says once that the neuron does not allow a value, with the sites', () => {
    const build = networkBuilder();
    const first = build.activation('first', build.input('image', [1, 1, 1]), clip());
    build.output('map', build.activation('second', build.conv2d('conv', first, kernel(1, 1)), clip()));
    const network = build.build();
    expect(() => convert(network, { neuron: { kind: 'burst', attributes: { maximum: 0.5 } } })).toThrow(
      /^2 of .*:\n {2}first, second \(activation\): 'maximum' of the neuron 'burst' is 0\.5, but must be an integer/,
    );
    expect(() => convert(network, { neuron: { kind: 'lif', parameters: { leak: 7 } } })).toThrow(
      /:\n {2}first, second \(activation\): 'leak' of the neuron 'lif' is 7, but must be .*at most 1$/,
    );
  });

  it('passes a linear layer after a linear layer with a warning that names both', () => {
    const warned = refusal(troublesome()).report.entries.filter(({ warnings }) => warnings.length > 0);
    expect(warned.map(({ node, outcome }) => [node, outcome.kind])).toEqual([['linear2', 'passed']]);
    expect(warned[0]?.warnings[0]).toContain('between linear1 and it');
  });

  it('refuses batch norms if it is only asked to place neurons', () => {
    const build = networkBuilder();
    const conv = build.conv2d('conv', build.input('image', [1, 1, 1]), kernel(1, 2));
    build.output('map', build.activation('site', build.batchNorm('norm', conv, statistics(2)), clip()));
    expect(() => toSpiking(build.build())).toThrow(/norm \(batchNorm\): .*foldBatchNorm/);
  });

  it('reports a batch norm that a depthwise convolution replaces, and why', () => {
    const build = networkBuilder();
    const site = build.activation('site', build.input('image', [2, 2, 2]), clip());
    build.output('map', build.batchNorm('norm', site, statistics(2)));
    const { network, report } = convert(build.build(), { unfoldable: 'depthwise' });
    expect(network.nodes.map(({ op }) => op)).toEqual(['input', 'neuron', 'conv2d', 'output']);
    expect(report.entries[2]).toMatchObject({
      node: 'norm',
      outcome: { kind: 'replaced', by: 'a depthwise 1×1 convolution' },
      notes: ["there is no convolution or dense layer right before it to fold into, but 'site' (activation)"],
    });
  });

  it('passes max pooling, and says whether it is exact at every step or over accumulated spikes', () => {
    const build = networkBuilder();
    const image = build.input('image', [4, 4, 1]);
    const pool = build.node({
      op: 'maxPool',
      name: 'pool',
      inputs: [image],
      size: [2, 2],
      stride: [2, 2],
      padding: noPadding,
    });
    const site = build.activation('site', build.conv2d('conv', pool, kernel(1, 1)), clip());
    const again = { op: 'maxPool', name: 'again', inputs: [site], size: [2, 2], stride: [2, 2] } as const;
    build.output('map', build.node({ ...again, padding: noPadding }));
    const { entries } = convert(build.build()).report;
    expect(entries[1]).toMatchObject({ outcome: { kind: 'passed' }, notes: [expect.stringContaining('exact')] });
    expect(entries[4]).toMatchObject({ outcome: { kind: 'passed' }, notes: [expect.stringContaining('accumulated')] });
  });

  it('says which layer is the read-out', () => {
    const build = networkBuilder();
    const site = build.activation('site', build.input('vector', [2]), clip());
    build.output('scores', build.dense('head', site, { weight: constantParameter('weight', [2, 3], 1) }));
    const { report } = convert(build.build());
    expect(report.entries.find(({ node }) => node === 'head')?.notes[0]).toMatch(/^read-out/);
  });
});

describe('replaceMaxPool', () => {
  it('lets every network with clips and foldable batch norms be converted', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite, features: randomFeatures }), (source) => {
        const { network } = convert(replaceMaxPool(source));
        expect(network.nodes.filter(({ op }) => op === 'avgPool')).toHaveLength(
          source.nodes.filter(({ op }) => op === 'avgPool' || op === 'maxPool').length,
        );
      }),
      { seed: 10, numRuns: 30 },
    );
  });
});

describe('formatReport', () => {
  it('writes one row a node, the warnings and the counts', () => {
    const lines = formatReport(refusal(troublesome()).report).split('\n');
    expect(lines[0]).toMatch(/^node +op +outcome +detail$/);
    expect(lines.filter((line) => line.startsWith('warning: linear2'))).toHaveLength(1);
    expect(lines.at(-1)).toBe('11 nodes: 1 converted, 7 passed, 3 refused');
    expect(lines).toContainEqual(expect.stringMatching(/^clip +activation +converted +clip → if, θ = 1$/));
  });
});
