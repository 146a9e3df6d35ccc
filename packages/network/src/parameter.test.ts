import { describe, expect, it } from 'vitest';
import { constantParameter, float32Parameter, scalarParameter } from './parameter.js';

describe('float32Parameter', () => {
  it('takes a Float32Array as it is and copies numbers into one', () => {
    const data = Float32Array.of(1, 2);
    expect(float32Parameter('bias', [2], data).data).toBe(data);
    expect(float32Parameter('bias', [2], [0.1, 2])).toEqual({
      role: 'bias',
      type: 'float32',
      shape: [2],
      data: Float32Array.of(0.1, 2),
    });
  });

  it('refuses data that does not fill its shape, with both sizes', () => {
    expect(() => float32Parameter('weight', [2, 3], [1])).toThrow(
      'A weight of shape [2, 3] holds 6 elements, but 1 were given.',
    );
    expect(() => float32Parameter('bias', [], [])).toThrow(
      'A bias of shape scalar holds 1 elements, but 0 were given.',
    );
  });
});

describe('scalarParameter and constantParameter', () => {
  it('hold one value, or one value everywhere', () => {
    expect(scalarParameter('threshold', 5)).toMatchObject({ shape: [], data: Float32Array.of(5) });
    expect(constantParameter('initialPotential', [2, 1, 2], 0.5).data).toEqual(Float32Array.of(0.5, 0.5, 0.5, 0.5));
  });
});
