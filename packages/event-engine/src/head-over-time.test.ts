import type { Network, NetworkBuilder } from '@rheobase/network';
import {
  float32Parameter,
  indicesParameter,
  networkBuilder,
  NetworkError,
  noPadding,
  scalarParameter,
} from '@rheobase/network';
import { expectClose, imageFor, networkArbitrary, referenceSimulate } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { anyNeuron, references } from './random-spiking.fixture.js';

const neuron = {
  kind: 'if',
  parameters: {
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0.5),
  },
};

/** A network whose head is given, behind neurons of an image of 3 by 2 pixels and 2 channels. */
function headed(head: (builder: NetworkBuilder, cells: string) => string): Network {
  const builder = networkBuilder();
  const cells = builder.neuron('cells', builder.input('x', [3, 2, 2]), neuron);
  const gate = builder.node({ op: 'function', name: 'gate', inputs: [cells], function: 'tanh', attributes: {} });
  builder.output('y', head(builder, gate));
  return builder.build();
}

const vector = (role: 'scale' | 'bias' | 'statistic', ...data: readonly number[]) =>
  float32Parameter(role, [data.length], data);

describe('the analog head on the event engine', () => {
  it.each<[string, (builder: NetworkBuilder, gate: string) => string]>([
    [
      'a convolution in groups',
      (builder, gate) =>
        builder.conv2d('conv', gate, {
          weight: float32Parameter(
            'weight',
            [2, 2, 1, 4],
            Array.from({ length: 16 }, (_, i) => Math.sin(i)),
          ),
          bias: vector('bias', 1, 2, 3, 4),
          stride: [2, 1],
          dilation: [1, 2],
          padding: { top: 1, bottom: 0, left: 1, right: 1 },
          groups: 2,
        }),
    ],
    [
      'a dense layer',
      (builder, gate) =>
        builder.dense('dense', builder.node({ op: 'flatten', name: 'flat', inputs: [gate] }), {
          weight: float32Parameter(
            'weight',
            [12, 2],
            Array.from({ length: 24 }, (_, i) => Math.cos(i)),
          ),
          bias: vector('bias', 1, -1),
        }),
    ],
    [
      'a batch norm',
      (builder, gate) =>
        builder.batchNorm('norm', gate, {
          scale: vector('scale', 2, 3),
          offset: vector('bias', 1, 0),
          mean: vector('statistic', 0.5, 0.25),
          variance: vector('statistic', 4, 2),
          epsilon: 0.1,
        }),
    ],
    [
      'a max pooling',
      (builder, gate) =>
        builder.node({
          op: 'maxPool',
          name: 'pool',
          inputs: [gate],
          size: [2, 2],
          stride: [1, 1],
          padding: { ...noPadding, top: 1 },
        }),
    ],
    [
      'a quantization and a scale',
      (builder, gate) => {
        const step = builder.parameter('step', vector('scale', 0.25, 0.5));
        const factor = builder.parameter('factor', vector('scale', 4, -2));
        const levels = builder.node({ op: 'quantize', name: 'levels', inputs: [gate], step, limit: 3 });
        return builder.node({ op: 'scale', name: 'scaled', inputs: [levels], factor });
      },
    ],
    [
      'a softmax, its logarithm and the place of the greatest',
      (builder, gate) => {
        const softmax = builder.node({ op: 'softmax', name: 'softmax', inputs: [gate], log: false });
        const log = builder.node({ op: 'softmax', name: 'log', inputs: [softmax], log: true });
        return builder.node({ op: 'argMax', name: 'greatest', inputs: [log] });
      },
    ],
    [
      'a gather and a comparison with the rates',
      (builder, gate) => {
        const indices = builder.parameter(
          'places',
          indicesParameter([3, 2, 2], [11, -1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        );
        const gathered = builder.node({ op: 'gather', name: 'gathered', inputs: [gate], indices });
        return builder.node({ op: 'combine', name: 'more', inputs: [gathered, 'cells'], function: 'greater' });
      },
    ],
  ])('computes %s as the reference does, after every step of more than a word', async (_, head) => {
    const network = headed(head);
    const image = Float32Array.of(0.1, 0.9, 0.33, -0.4, 1.2, 0.6, 0.05, 0.51, 0.7, 0.28, 0.83, 0.47);
    const steps = 37;
    const { outputs } = (await eventEngine(network)).simulate({ shape: [1, 3, 2, 2], images: image }, { steps });
    const expected = referenceSimulate(network, image, steps).values.get('y') ?? [];
    expectClose(
      outputs.get('y')?.data ?? [],
      expected.flatMap((step) => [...step]),
      { absolute: 1e-6 },
    );
  });

  it('records values of the head after the last step', async () => {
    const networks = networkArbitrary({ site: anyNeuron(['layer']), features: ['analogHead'] }).filter(({ nodes }) =>
      nodes.some(({ op }) => op === 'function'),
    );
    for (const [seed, network] of fc.sample(networks, { seed: 3, numRuns: 20 }).entries()) {
      if (!network.nodes.some(({ op }) => op === 'neuron')) continue;
      const image = imageFor(network, seed);
      const node = network.nodes.find(({ op }) => op === 'function')?.name ?? '';
      const shape = network.nodes.flatMap((input) => (input.op === 'input' ? [1, ...input.shape] : []));
      const engine = await eventEngine(network);
      const { records } = engine.simulate(
        { shape, images: image },
        { steps: 5, probes: [{ kind: 'mean-value', node }] },
      );
      const expected = referenceSimulate(network, image, 5, references).values.get(node)?.at(-1) ?? [];
      // A neuron within float32 of its threshold would fire at another step.
      expectClose(records[0]?.data ?? [], [...expected], { absolute: 1e-4 });
    }
  });

  it('refuses what a head would hide', async () => {
    const builder = networkBuilder();
    const cells = builder.neuron('cells', builder.input('x', [1]), neuron);
    const huge = builder.dense('huge', cells, { weight: float32Parameter('weight', [1, 1], [3e38]) });
    const twice = builder.node({ op: 'add', name: 'twice', inputs: [huge, huge] });
    const held = { op: 'function', name: 'held', inputs: [twice], function: 'clip', attributes: { max: 1 } } as const;
    builder.output('y', builder.node(held));
    const engine = await eventEngine(builder.build());
    const run = () => engine.simulate({ shape: [1, 1], images: Float32Array.of(2) }, { steps: 3 });
    expect(run).toThrow(NetworkError);
    expect(run).toThrow(/twice: its values hold Infinity/);
  });
});
