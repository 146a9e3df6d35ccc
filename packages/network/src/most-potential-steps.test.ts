import { describe, expect, it } from 'vitest';
import type { NeuronNode } from './node.js';
import { integerLowerThreshold, integerShift, mostPotentialSteps } from './most-potential-steps.js';
import type { Parameter } from './parameter.js';

const whole = (role: Parameter['role'], ...data: number[]): Parameter => ({
  role,
  type: 'int32',
  shape: [data.length],
  data: Int32Array.from(data),
});

function stepsOf(kind: string, threshold: number, start: number, current: number, steps?: number): number {
  const parameters = { threshold: 'theta', ...(kind !== 'if-shift' && { initialPotential: 'start' }) };
  const neuron = { kind, parameters, attributes: steps === undefined ? {} : { steps } };
  const node: NeuronNode = { op: 'neuron', name: 'n', inputs: ['x'], neuron, spikeValue: 'one' };
  const given = new Map([
    ['theta', whole('threshold', 1, threshold)],
    ['start', whole('initialPotential', -start, 0)],
  ]);
  return mostPotentialSteps({ nodes: [node], parameters: given, metadata: {} }, node, current);
}

describe('mostPotentialSteps', () => {
  it('counts V(0) and the greatest current of every step', () => {
    expect(stepsOf('if', 5, 0, 2 ** 24)).toBe(127);
    expect(stepsOf('if', 5, 2 ** 30, 2 ** 24)).toBe(63);
    expect(stepsOf('if', 5, 2 ** 31, 1)).toBe(0);
    expect(stepsOf('if', 5, 0, 0)).toBe(2 ** 31 - 2);
  });

  it('counts what if-shift adds to its current: ⌊θ/(2T) + ½⌋, not θ', () => {
    expect(stepsOf('if-shift', 2 ** 30, 0, 2 ** 24, 4)).toBe(Math.floor((2 ** 31 - 2) / (2 ** 24 + 2 ** 27)));
    expect(integerShift(9, 3)).toBe(2);
  });
});

describe('integerLowerThreshold', () => {
  it('rounds half up, and stays at 2³¹ − 1 where 32 bits would wrap', () => {
    expect(integerLowerThreshold(5, 0.4)).toBe(13);
    expect(integerLowerThreshold(2 ** 30, 0.5)).toBe(2 ** 31 - 1);
    expect(integerLowerThreshold(2 ** 31 - 1, 1e-9)).toBe(2 ** 31 - 1);
  });
});
