import { describe, expect, it } from 'vitest';
import { assertFiniteInputs, assertFiniteValues, firstNotFinite } from './finite-values.js';

describe('firstNotFinite', () => {
  it.each([Number.NaN, Infinity, -Infinity])('finds %s, wherever it stands', (value) => {
    for (const at of [0, 3, 6]) {
      const values = Float32Array.of(1, -2, 3e38, -3e38, 0, -0, 5);
      values[at] = value;
      expect(firstNotFinite(values)).toBe(at);
    }
  });

  it('finds nothing among finite values, however large, and nothing in nothing', () => {
    expect(firstNotFinite(Float32Array.of(3e38, 3e38, 3e38, -0))).toBe(-1);
    expect(firstNotFinite([])).toBe(-1);
  });
});

describe('values that are not finite', () => {
  it('are refused at an input, naming it and the image', () => {
    expect(() => assertFiniteInputs('x', [1, 2, 3, Infinity, 5, 6], 3)).toThrow(
      /x: image 1 of this input holds Infinity/,
    );
    expect(() => assertFiniteInputs('x', [1, 2], 1)).not.toThrow();
  });

  it('are refused at any other node, naming it', () => {
    expect(() => assertFiniteValues('conv', 'values', [1, Number.NaN])).toThrow(/conv: its values hold NaN/);
    expect(() => assertFiniteValues('conv', 'values', [1])).not.toThrow();
  });
});
