import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { expect, it } from 'vitest';
import { foldBatchNorm } from './fold-batch-norm.js';
import { toSpiking } from './to-spiking.js';

it('leaves θ as it is where it is called what V(0) would be', () => {
  const build = networkBuilder();
  const x = build.input('x', [2]);
  const parameter = build.parameter('site.initialPotential', scalarParameter('threshold', 3));
  const activation = { kind: 'clip', parameters: { threshold: parameter }, attributes: {} };
  build.output('y', build.node({ op: 'activation', name: 'site', inputs: [x], activation }));
  const { nodes, parameters } = toSpiking(build.build());
  const site = nodes.find(({ name }) => name === 'site');
  const value = (part: string) =>
    site?.op === 'neuron' ? parameters.get(site.neuron.parameters[part] ?? '')?.data[0] : undefined;
  expect([value('threshold'), value('initialPotential')]).toEqual([3, 1.5]);
});

it('leaves a weight as it is where it is called what the bias would be', () => {
  const build = networkBuilder();
  const x = build.input('x', [1]);
  const weight = build.parameter('layer.bias', float32Parameter('weight', [1, 1], [2]));
  const layer = build.node({ op: 'dense', name: 'layer', inputs: [x], weight });
  const norm = build.batchNorm('norm', layer, {
    scale: float32Parameter('scale', [1], [1]),
    offset: float32Parameter('bias', [1], [5]),
    mean: float32Parameter('statistic', [1], [0]),
    variance: float32Parameter('statistic', [1], [1]),
    epsilon: 0,
  });
  build.output('y', norm);
  const { nodes, parameters } = foldBatchNorm(build.build());
  const folded = nodes.find(({ name }) => name === 'layer');
  const data =
    folded?.op === 'dense' ? [folded.weight, folded.bias ?? ''].map((name) => parameters.get(name)?.data) : [];
  expect(data).toEqual([Float32Array.of(2), Float32Array.of(5)]);
});
