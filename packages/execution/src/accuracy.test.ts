import { describe, expect, it } from 'vitest';
import { countCorrect, predictions } from './accuracy.js';

describe('predictions', () => {
  it('take the largest logit of each image, the first of equal ones', () => {
    expect([...predictions([0, 2, 1, 3, 3, -1], 3)]).toEqual([1, 0]);
  });

  it('are refused where a logit is not finite, naming the image', () => {
    expect(() => predictions([0, 1, Number.NaN, 2], 2)).toThrow(/logits of image 1 hold NaN/);
  });
});

describe('countCorrect', () => {
  it('counts the images whose prediction is their label', () => {
    expect(countCorrect([0, 2, 1, 3, 3, -1], Int32Array.from([1, 1]))).toBe(1);
    expect(countCorrect([], new Int32Array(0))).toBe(0);
  });
});
