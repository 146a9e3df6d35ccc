import { describe, expect, it } from 'vitest';
import { analogHead } from './analog-head.js';
import { networkBuilder } from './builder.js';
import { NetworkError } from './network.js';
import { constantParameter, scalarParameter } from './parameter.js';

const neuron = {
  kind: 'if',
  parameters: { threshold: scalarParameter('threshold', 1), initialPotential: scalarParameter('initialPotential', 0) },
};

describe('analogHead', () => {
  it('is every analog node and whatever is downstream of one', () => {
    const builder = networkBuilder();
    const cells = builder.neuron('cells', builder.input('x', [2]), neuron);
    const scores = builder.node({ op: 'softmax', name: 'scores', inputs: [cells], log: false });
    const dense = builder.dense('dense', scores, { weight: constantParameter('weight', [2, 2], 1) });
    builder.output('y', builder.node({ op: 'add', name: 'sum', inputs: [cells, dense] }));
    builder.output('rates', cells);
    expect([...analogHead(builder.build())]).toEqual(['scores', 'dense', 'sum', 'y']);
  });

  it('has no neurons: a network with one in it is refused', () => {
    const builder = networkBuilder();
    const gate = builder.node({
      op: 'function',
      name: 'gate',
      inputs: [builder.input('x', [2])],
      function: 'sigmoid',
      attributes: {},
    });
    builder.output('y', builder.neuron('cells', gate, neuron));
    expect(() => builder.build()).toThrow(NetworkError);
    expect(() => builder.build()).toThrow(/cells: \(neuron\) its input 'gate' is in the analog head/);
  });
});
