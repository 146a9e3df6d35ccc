import { float32Parameter, networkBuilder, nodeOf } from '@rheobase/network';
import { expect, it } from 'vitest';
import { withOwnLayer } from './own-parameters.js';

it('gives a layer a weight and a bias of its own also where the weight is called what the bias would be', () => {
  const build = networkBuilder();
  const x = build.input('x', [1]);
  const weight = build.parameter('a.bias', float32Parameter('weight', [1, 1], [2]));
  const first = build.node({ op: 'dense', name: 'a', inputs: [x], weight });
  build.output('y', build.node({ op: 'dense', name: 'b', inputs: [first], weight }));
  const segment = { end: 'a', frontier: ['x'], nodes: ['a'], layer: ['a'] };
  const { network, parameters } = withOwnLayer(build.build(), segment);
  const [a, b] = ['a', 'b'].map((name) => nodeOf(network, name));
  if (a?.op !== 'dense' || b?.op !== 'dense' || a.bias === undefined) throw new Error('no layers');
  expect(parameters).toEqual([a.weight, a.bias]);
  expect(new Set([a.weight, a.bias, b.weight]).size).toBe(3);
  const data = [a.weight, a.bias, b.weight].map((name) => [...(network.parameters.get(name)?.data ?? [])]);
  expect(data).toEqual([[2], [0], [2]]);
});
