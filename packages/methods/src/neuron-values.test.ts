import { float32Parameter, networkBuilder } from '@rheobase/network';
import { expect, it } from 'vitest';
import { populationsOf } from './neuron-values.js';

it('gives each neuron the θ and V(0) that broadcasting gives it, whichever axes repeat', () => {
  const build = networkBuilder();
  const cells = build.neuron('cells', build.input('x', [2, 1, 2]), {
    kind: 'if',
    parameters: {
      threshold: float32Parameter('threshold', [2, 1, 1], [1, 2]),
      initialPotential: float32Parameter('initialPotential', [1, 2], [3, 4]),
    },
  });
  build.output('y', cells);
  const [population] = populationsOf(build.build());
  expect(population?.threshold).toEqual(Float32Array.of(1, 1, 2, 2));
  expect(population?.start).toEqual(Float32Array.of(3, 4, 3, 4));
});
