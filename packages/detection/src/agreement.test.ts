import { describe, expect, it } from 'vitest';
import { agreement } from './agreement.js';
import type { Detection } from './detection.js';

const at = (left: number, score: number, label = 0): Detection => ({
  box: { left, top: 0, right: left + 10, bottom: 10 },
  label,
  score,
});

describe('The agreement of two networks', () => {
  it('pairs each detection with the free box of its class that it overlaps most', () => {
    const reference = [at(0, 0.9), at(100, 0.8), at(200, 0.7, 1)];
    // The second would take the first's box as well; the third is of another class.
    const found = [at(1, 0.9), at(0, 0.6), at(201, 0.8)];
    expect(agreement(found, reference)).toEqual({
      reference: 3,
      found: 3,
      matched: 1,
      meanIou: expect.closeTo(9 / 11, 9),
    });
  });

  it('is complete for the same detections, and nothing where there are none', () => {
    const same = [at(0, 0.9), at(5, 0.8), at(5, 0.7, 1)];
    expect(agreement(same, same)).toEqual({ reference: 3, found: 3, matched: 3, meanIou: 1 });
    expect(agreement([], same)).toEqual({ reference: 3, found: 0, matched: 0, meanIou: 0 });
  });
});
