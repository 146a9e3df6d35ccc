import { describe, expect, it } from 'vitest';
import type { ElementFunctionName } from './element-functions.js';
import { attributesOf, elementFunctions, pairFunctions } from './element-functions.js';

const apply = (name: ElementFunctionName, x: number, given: Readonly<Record<string, number>> = {}): number =>
  elementFunctions[name].apply(x, attributesOf(name, given));

describe('elementFunctions', () => {
  it.each<[ElementFunctionName, number, number, Readonly<Record<string, number>>?]>([
    ['celu', -1, -0.786938680575, { alpha: 2 }],
    ['elu', -1, -0.63212055882856],
    ['erf', 0.5, 0.520499877813],
    ['erf', -3, -0.999977909503],
    ['erf', 40, 1],
    ['gelu', 1, 0.841344746069],
    ['gelu', 1, 0.841191990608, { tanh: 1 }],
    ['hardsigmoid', 1, 0.7],
    ['hardswish', 1, 0.666666666667],
    ['hardswish', -4, 0],
    ['mish', 1, 0.865098388268],
    ['selu', -1, -1.111330737813],
    ['sigmoid', -2, 0.119202922022],
    ['silu', 2, 1.761594155956],
    ['softplus', 1, 1.313261687518],
    ['softplus', 1000, 1000],
    ['softsign', -3, -0.75],
  ])('%s of %d is %d', (name, x, y, attributes) => {
    expect(apply(name, x, attributes)).toBeCloseTo(y, 10);
  });

  it('rounds halfway cases to the even neighbour', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4].map((x) => apply('round', x) + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2]);
  });

  it('does not clip at limits that are absent', () => {
    expect([-9, 9].map((x) => apply('clip', x))).toEqual([-9, 9]);
    expect([-9, 9].map((x) => apply('clip', x, { min: 0 }))).toEqual([0, 9]);
    expect([-9, 9].map((x) => apply('clip', x, { max: 6 }))).toEqual([-9, 6]);
  });
});

describe('pairFunctions', () => {
  it('takes whatever is not 0 as true, and gives 1 and 0', () => {
    const pairs = [
      [0, 0],
      [0, 0.5],
      [2, -1],
    ] as const;
    expect(pairs.map(([a, b]) => pairFunctions.and(a, b))).toEqual([0, 0, 1]);
    expect(pairs.map(([a, b]) => pairFunctions.or(a, b))).toEqual([0, 1, 1]);
    expect(pairs.map(([a, b]) => pairFunctions.greaterOrEqual(a, b))).toEqual([1, 0, 1]);
  });
});
