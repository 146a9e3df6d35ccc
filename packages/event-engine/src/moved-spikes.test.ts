import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { referenceSimulate } from '@rheobase/testing';
import { expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';

it('keeps a spike that is worth nothing apart from one that is, also where a reshape mixes channels', async () => {
  const build = networkBuilder();
  const cells = build.neuron('cells', build.input('x', [1, 2, 2]), {
    kind: 'if',
    parameters: {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    },
  });
  const factor = build.parameter('factor', float32Parameter('scale', [2], [0, 5]));
  const scaled = build.node({ op: 'scale', name: 'scaled', inputs: [cells], factor });
  const column = build.node({ op: 'reshape', name: 'column', inputs: [scaled], shape: [4, 1, 1] });
  build.output('y', column);
  const network = build.build();
  const image = Float32Array.of(1, 1, 1, 0.5);
  const { outputs } = (await eventEngine(network)).simulate({ shape: [1, 1, 2, 2], images: image }, { steps: 2 });
  const means = referenceSimulate(network, image, 2).values.get('y') ?? [];
  expect([...(outputs.get('y')?.data ?? [])]).toEqual(means.flatMap((step) => [...step]));
});
