import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import type { Conv2dNode } from './node.js';
import { parametersUsedBy, withInputs, withoutUnusedParameters, withParameterNames } from './node-references.js';
import { noPadding } from './padding.js';
import { constantParameter, scalarParameter } from './parameter.js';

function small() {
  const builder = networkBuilder();
  const x = builder.input('x', [2]);
  const dense = builder.dense('dense', x, {
    weight: constantParameter('weight', [2, 2], 1),
    bias: constantParameter('bias', [2], 0),
  });
  const site = builder.activation('site', dense, {
    kind: 'clip',
    parameters: { threshold: scalarParameter('threshold', 1) },
  });
  const add = builder.node({ op: 'add', name: 'add', inputs: [site, site, x] });
  builder.output('out', add);
  return builder.build();
}

describe('parametersUsedBy', () => {
  it('names weights first, the parts of a site, and nothing for other nodes', () => {
    expect(small().nodes.map(parametersUsedBy)).toEqual([
      [],
      ['dense.weight', 'dense.bias'],
      ['site.threshold'],
      [],
      [],
    ]);
  });
});

describe('withoutUnusedParameters', () => {
  it('drops what no node uses and shares the rest', () => {
    const network = small();
    const extra = {
      ...network,
      parameters: new Map([...network.parameters, ['old', scalarParameter('bias', 1)] as const]),
    };
    const pruned = withoutUnusedParameters(extra);
    expect([...pruned.parameters.keys()]).toEqual([...network.parameters.keys()]);
    expect(pruned.parameters.get('dense.weight')).toBe(network.parameters.get('dense.weight'));
    expect(extra.parameters.has('old')).toBe(true);
  });
});

describe('withParameterNames', () => {
  it('renames weights and the parts of a site, and leaves what else is named', () => {
    const primed = small().nodes.map((node) => withParameterNames(node, (name) => `${name}'`));
    expect(primed.map(parametersUsedBy)).toEqual(
      small().nodes.map((node) => parametersUsedBy(node).map((name) => `${name}'`)),
    );
    expect(primed.map(({ name, inputs }) => [name, inputs])).toEqual(
      small().nodes.map(({ name, inputs }) => [name, inputs]),
    );
  });

  it('names weights first in whatever order the fields stand', () => {
    const node: Conv2dNode = {
      bias: 'b',
      weight: 'w',
      groups: 1,
      dilation: [1, 1],
      padding: noPadding,
      stride: [1, 1],
      inputs: ['x'],
      name: 'conv',
      op: 'conv2d',
    };
    expect(parametersUsedBy(node)).toEqual(['w', 'b']);
  });
});

describe('withInputs', () => {
  it('renames every input, and shares a node that reads what it read', () => {
    const [, dense] = small().nodes;
    if (dense === undefined) throw new Error('no node');
    expect(withInputs(dense, (name) => name)).toBe(dense);
    expect(withInputs(dense, (name) => `${name}'`)).toEqual({ ...dense, inputs: ["x'"] });
  });
});
