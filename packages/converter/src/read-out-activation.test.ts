import type { Network, Shape, SiteDefinition } from '@rheobase/network';
import { analogHead, constantParameter, float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import type { ActivationReference } from '@rheobase/testing';
import { expectClose, referenceForward } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { ConversionError } from './conversion-report.js';
import { convert } from './convert.js';
import { toQuantClip } from './to-quant-clip.js';

const threshold = (...data: readonly number[]) =>
  data.length === 1 ? scalarParameter('threshold', data[0] ?? 1) : float32Parameter('threshold', [data.length], data);

/** A site, a layer, a function and an activation behind it, which nothing but an output reads. */
function network(activation: SiteDefinition, shape: Shape = [4]): Network {
  const builder = networkBuilder();
  const cells = builder.activation('cells', builder.input('x', shape), {
    kind: 'clip',
    parameters: { threshold: threshold(4) },
  });
  const shifted = builder.dense('dense', cells, { weight: constantParameter('weight', [4, 4], 1) });
  const gate = builder.node({ op: 'function', name: 'gate', inputs: [shifted], function: 'tanh', attributes: {} });
  const factor = builder.parameter('factor', float32Parameter('scale', [4], [-3, 0.5, 2, 9]));
  const scaled = builder.node({ op: 'scale', name: 'scaled', inputs: [gate], factor });
  builder.output('y', builder.activation('kept', scaled, activation));
  return builder.build();
}

const grid = (z: number, levels: number, theta: number, lowest: number): number =>
  theta * Math.min(Math.max(Math.floor((z * levels) / Math.abs(theta) + 0.5) / levels, lowest), 1);
const leaky = (z: number, slope: number): number => (z > 0 ? z : slope * z);
const references: Readonly<Record<string, ActivationReference>> = {
  relu6: (z) => Math.min(Math.max(z, 0), 6),
  'leaky-relu': (z, { slope = 1 }) => leaky(z, slope),
  qcfs: (z, { levels = 1, threshold: theta = 1 }) => grid(z, levels, theta, 0),
  'quant-clip': (z, { levels = 1, threshold: theta = 1 }) => grid(z, levels, theta, 0),
  'leaky-quant-clip': (z, { levels = 1, threshold: theta = 1, slope = 1 }) => grid(leaky(z, slope), levels, theta, -1),
};

describe('an activation of the read-out', () => {
  it.each<[string, SiteDefinition]>([
    ['relu', { kind: 'relu' }],
    ['relu6', { kind: 'relu6' }],
    ['leaky-relu', { kind: 'leaky-relu', attributes: { slope: 0.2 } }],
    ['clip', { kind: 'clip', parameters: { threshold: threshold(1.5) } }],
    ['clip by channel', { kind: 'clip', parameters: { threshold: threshold(1, 2, 0.5, 3) } }],
    [
      'quant-clip',
      { kind: 'quant-clip', parameters: { threshold: threshold(1, 2, 0.7, 3) }, attributes: { levels: 4 } },
    ],
    ['qcfs', { kind: 'qcfs', parameters: { threshold: threshold(2) }, attributes: { levels: 8 } }],
    [
      'leaky-quant-clip',
      { kind: 'leaky-quant-clip', parameters: { threshold: threshold(2) }, attributes: { levels: 4, slope: 0.3 } },
    ],
  ])('stays what it is where it was %s', (_, activation) => {
    const source = network(activation);
    // A threshold recorded for it is not used.
    const quantized = toQuantClip(source, { levels: 4, thresholds: new Map([['kept', 7]]) });
    const { network: spiking, report } = convert(source);
    for (const converted of [quantized, spiking]) {
      const sites = converted.nodes.filter(({ op }) => op === 'activation' || op === 'neuron');
      expect(sites.map(({ name }) => name)).toEqual(['cells']);
      expect(analogHead(converted).has('kept')).toBe(true);
      expect(analogHead(converted).has('cells')).toBe(false);
    }
    expect(report.entries.find(({ node }) => node === 'kept')?.outcome).toEqual({
      kind: 'replaced',
      by: `the function '${activation.kind}' of the read-out`,
    });
    // On the levels of the quantized site, so that only the read-out is compared.
    for (const x of [0, 1, 2, 3, 4]) {
      const image = [x, 0, x, 1];
      const of = (one: Network) => referenceForward(one, image, references).get('y') ?? [];
      expectClose(of(quantized), [...of(source)], { absolute: 1e-5 });
    }
  });

  it('is refused where it is no known one', () => {
    expect(() => convert(network({ kind: 'mystery' }))).toThrow(ConversionError);
    expect(() => convert(network({ kind: 'mystery' }))).toThrow(
      /kept \(activation\): it is in the read-out, .* no function is known for its activation 'mystery'/,
    );
  });
});
