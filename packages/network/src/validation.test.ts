import { describe, expect, it } from 'vitest';
import type { Network } from './network.js';
import { NetworkError } from './network.js';
import type { NetworkNode } from './node.js';
import type { Parameter } from './parameter.js';
import { constantParameter, float32Parameter } from './parameter.js';
import { assertValid, validateNetwork } from './validation.js';

const input: NetworkNode = { op: 'input', name: 'x', inputs: [], shape: [2] };
const dense: NetworkNode = { op: 'dense', name: 'dense', inputs: ['x'], weight: 'w' };
const output: NetworkNode = { op: 'output', name: 'out', inputs: ['dense'] };
const weight = constantParameter('weight', [2, 2], 1);

function network(
  nodes: readonly NetworkNode[],
  parameters: Readonly<Record<string, Parameter>> = { w: weight },
): Network {
  return { nodes, parameters: new Map(Object.entries(parameters)), metadata: {} };
}
const faults = (faulty: Network) => validateNetwork(faulty).map(({ subject, message }) => `${subject}: ${message}`);
const valid = network([input, dense, output]);

describe('validateNetwork', () => {
  it('finds nothing wrong with a well-formed network, and assertValid gives it back', () => {
    expect(validateNetwork(valid)).toEqual([]);
    expect(assertValid(valid)).toBe(valid);
  });

  it.each<[string, Network, string]>([
    [
      'an empty name',
      network([input, { ...dense, name: '' }, { ...output, inputs: [''] }]),
      "'': a dense node has an empty name",
    ],
    [
      'a step bias of other channels',
      network(
        [
          input,
          dense,
          {
            op: 'neuron',
            name: 'cells',
            inputs: ['dense'],
            neuron: { kind: 'if', parameters: {}, attributes: {} },
            stepBias: 'b',
          },
          { ...output, inputs: ['cells'] },
        ],
        { w: weight, b: constantParameter('bias', [4, 3], 0) },
      ),
      "cells: (neuron) its stepBias 'b' has shape [4, 3] where [T, 2] is needed: a row of 2 channels for each time step",
    ],
    [
      'two nodes of one name',
      network([input, dense, { ...dense, inputs: ['dense'] }, output]),
      'dense: two nodes have this name',
    ],
    [
      'a node that is not there',
      network([input, dense, { ...output, inputs: ['dens'] }]),
      "out: it reads 'dens', which is not a node of the network",
    ],
    ['a node that reads itself', network([input, { ...dense, inputs: ['dense'] }, output]), 'dense: it reads itself'],
    [
      'a wrong order',
      network([dense, input, output]),
      "dense: it reads 'x', which comes after it; nodes must come after those they read",
    ],
    [
      'a value that no output depends on',
      network([input, dense, { ...dense, name: 'idle' }, output]),
      'idle: (dense) no output depends on its value; remove it or add an output node',
    ],
    [
      'an output that is read',
      network([input, dense, output, { ...output, name: 'more', inputs: ['out'] }]),
      "more: it reads 'out', an output; read what the output reads",
    ],
    ['no input', network([]), 'network: it has no input node'],
    ['no output', network([]), 'network: it has no output node'],
    [
      'shapes that do not fit',
      network([input, dense, output], { w: constantParameter('weight', [3, 2], 1) }),
      "dense: (dense) its weight 'w' has shape [3, 2] where [2, outputs] is needed, as its input 'x' has 2 elements",
    ],
    [
      'a parameter that nobody uses',
      network([input, dense, output], { w: weight, old: weight }),
      'old: no node uses this parameter',
    ],
    [
      'a parameter with an empty dimension',
      network([input, dense, output], { w: { ...weight, shape: [2, 0] } }),
      'w: its shape [2, 0] has a dimension that is not a positive integer',
    ],
    [
      'data that does not fill its shape',
      network([input, dense, output], { w: { ...weight, data: new Float32Array(3) } }),
      'w: its shape [2, 2] holds 4 elements, but its data has 3',
    ],
    [
      'a value that is not finite',
      network([input, dense, output], { w: float32Parameter('weight', [2, 2], [1, 2, NaN, 4]) }),
      'w: its element 2 is NaN; every element must be finite',
    ],
    [
      'an attribute that is not finite',
      network(
        [
          input,
          {
            op: 'neuron',
            name: 'site',
            inputs: ['x'],
            neuron: { kind: 'lif', parameters: {}, attributes: { leak: Infinity } },
          },
          { ...output, inputs: ['site'] },
        ],
        {},
      ),
      "site: its attribute 'leak' is Infinity; it must be finite",
    ],
    [
      'a variance that is not positive',
      network(
        [
          input,
          {
            op: 'batchNorm',
            name: 'norm',
            inputs: ['x'],
            scale: 'one',
            offset: 'one',
            mean: 'one',
            variance: 'v',
            epsilon: 0.5,
          },
          { ...output, inputs: ['norm'] },
        ],
        { one: constantParameter('scale', [2], 1), v: float32Parameter('statistic', [2], [0, -0.5]) },
      ),
      "norm: its variance 'v' is -0.5 at element 1; with its epsilon of 0.5 it must be above 0",
    ],
  ])('finds %s, and names where', (_, faulty, fault) => {
    expect(faults(faulty)).toContain(fault);
  });

  it('does not call a value unread because its reader stands before it', () => {
    expect(validateNetwork(network([output, dense, input])).map(({ subject }) => subject)).toEqual(['out', 'dense']);
  });

  it('reports everything at once', () => {
    const faulty = network([dense, input, { ...dense, name: 'idle' }, output], { w: weight, old: weight });
    expect(validateNetwork(faulty).map(({ subject }) => subject)).toEqual(['dense', 'idle', 'old']);
    expect(() => assertValid(faulty)).toThrow(NetworkError);
  });
});
