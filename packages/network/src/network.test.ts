import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { consumersOf, NetworkError, nodeOf, parameterOf } from './network.js';
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

describe('parameterOf and nodeOf', () => {
  it('look up by name', () => {
    expect(parameterOf(small(), 'dense.weight').shape).toEqual([2, 2]);
    expect(nodeOf(small(), 'add').op).toBe('add');
  });

  it('answer an unknown name with near ones', () => {
    expect(() => parameterOf(small(), 'dense.weights')).toThrow(
      /There is no parameter 'dense\.weights'\. Did you mean 'dense\.weight'\?/,
    );
    expect(() => nodeOf(small(), 'sit')).toThrow(/There is no node 'sit'\. Did you mean 'site'\?/);
    expect(() => nodeOf(small(), 'sit')).toThrow(NetworkError);
  });
});

describe('consumersOf', () => {
  it('gives every reader once, in network order, and none for an output', () => {
    const readers = [...consumersOf(small())].map(([name, nodes]) => [name, nodes.map((node) => node.name)]);
    expect(readers).toEqual([
      ['x', ['dense', 'add']],
      ['dense', ['site']],
      ['site', ['add']],
      ['add', ['out']],
      ['out', []],
    ]);
  });
});

describe('NetworkError', () => {
  it('lists the first 40 of very many faults, and cuts long names', () => {
    const problems = Array.from({ length: 42 }, (_, i) => ({
      subject: `n${i}`.padEnd(300, '-'),
      message: `wrong: ${i}`,
    }));
    const lines = (count: number) => new NetworkError(problems.slice(0, count)).message.split('\n');
    expect(lines(41)).toHaveLength(41);
    expect(lines(42).slice(39)).toEqual([`${'n39'.padEnd(200, '-')}…: wrong: 39`, '… and 2 more problems.']);
  });

  it('says a fault that several nodes share once, with their names', () => {
    const messageOf = (count: number) =>
      new NetworkError([
        ...Array.from({ length: count }, (_, i) => ({ subject: `n${i}`, message: 'is wrong' })),
        { subject: 'other', message: 'is worse' },
      ]).message;
    expect(messageOf(2)).toBe('n0, n1: is wrong\nother: is worse');
    expect(messageOf(14)).toMatch(/^n0, .*, n9 and 4 more: is wrong\nother: is worse$/);
  });

  it('carries every problem and names each subject in its message', () => {
    const error = new NetworkError([
      { subject: 'a', message: 'is wrong' },
      { subject: 'b', message: 'too' },
    ]);
    expect(error.message).toBe('a: is wrong\nb: too');
    expect(error.problems).toHaveLength(2);
    expect(error.name).toBe('NetworkError');
  });
});
