import type { ProbeRecord } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { currentCorrection } from './current-correction.js';

const record = (data: readonly number[], kind: 'mean-input' | 'mean-value' = 'mean-input'): ProbeRecord => ({
  probe: { kind, node: 'if1' },
  shape: [data.length / 4, 2, 2],
  data: Float32Array.from(data),
});

describe('currentCorrection', () => {
  it('is the mean difference of each channel, in real units', () => {
    const correction = currentCorrection(record([1, 2, 3, 4]), record([4, 1, 4, 1]), Float64Array.of(0.25, 2));
    expect([...correction]).toEqual([1, 1]);
  });

  it('refuses records of other probes or shapes', () => {
    const unit = Float64Array.of(1, 1);
    expect(() => currentCorrection(record([1, 2, 3, 4], 'mean-value'), record([1, 2, 3, 4]), unit)).toThrow(
      /mean-input probes, not mean-value of 'if1'/,
    );
    expect(() => currentCorrection(record([1, 2, 3, 4]), record([1, 2, 3, 4, 5, 6, 7, 8]), unit)).toThrow(
      /'if1', \[1, 2, 2\] and \[2, 2, 2\], are not of one shape/,
    );
  });
});
