import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { checkModels } from './check-models.js';
import type { ModelDefinition } from './model-definition.js';
import { NetworkError } from './network.js';
import { knownNeurons } from './neuron-definitions.js';
import { scalarParameter } from './parameter.js';
import { registry } from './registry.js';

const ramp = { kind: 'ramp', summary: 'y = z', parameters: {}, attributes: {} } as const satisfies ModelDefinition;
const activations = registry<ModelDefinition>('activation', [['ramp', ramp]]);

function network(threshold: number, activation = 'ramp') {
  const build = networkBuilder();
  const x = build.input('x', [2]);
  const parameters = {
    threshold: scalarParameter('threshold', threshold),
    initialPotential: scalarParameter('initialPotential', 0),
  };
  const first = build.neuron('first', x, { kind: 'if', parameters });
  const second = build.neuron('second', first, { kind: 'toString', parameters });
  build.output('y', build.activation('third', second, { kind: activation }));
  return build.build();
}

describe('checkModels', () => {
  it('names every site that does not fit, at once', () => {
    const check = () => checkModels(network(0, 'constructor'), { activations, neurons: knownNeurons });
    expect(check).toThrow(NetworkError);
    expect(check).toThrow(
      /^first: The neuron 'if' is not well specified\. Element 0 .* is 0, but must be a finite number above 0\.\nsecond: There is no neuron 'toString'\..*\nthird: There is no activation 'constructor'\./,
    );
  });

  it('gives the models by node, and leaves activations alone that nobody knows', () => {
    const neurons = knownNeurons.with(['toString', { ...knownNeurons.get('if'), kind: 'toString' }]);
    const found = checkModels(network(1, 'unknown'), { neurons });
    expect([...found.neurons].map(([node, { kind }]) => [node, kind])).toEqual([
      ['first', 'if'],
      ['second', 'toString'],
    ]);
    expect(found.activations.size).toBe(0);
    expect(checkModels(network(1), { activations, neurons }).activations.get('third')).toBe(ramp);
  });
});
