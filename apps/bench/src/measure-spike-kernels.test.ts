import { wholeSource } from '@rheobase/spike-kernels';
import { describe, expect, it } from 'vitest';
import { additionsOf, densityOf, measureSpikeKernels, type SpikeKernelCase } from './measure-spike-kernels.js';
import { peakAdditions } from './peak-additions.js';

/** A 3×3 convolution with a border of zeros, 5×4×3 → 6, at some stride. */
function layer(spikes: (row: number, column: number, channel: number) => number, stride: 1 | 2 = 1): SpikeKernelCase {
  const words = Uint32Array.from({ length: 5 * 4 * 8 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 8), i % 8];
    return channel < 3 ? spikes(Math.floor(pixel / 4), pixel % 4, channel) : 0;
  });
  return {
    layer: 'small',
    steps: 4,
    spikes: words,
    shape: {
      source: { rows: 5, columns: 4, pitch: 8, signed: false, levels: 1 },
      window: wholeSource,
      grid: [5, 4],
      channels: { first: 0, count: 3 },
      kernel: [3, 3],
      stride: [stride, stride],
      dilation: [1, 1],
      top: 1,
      left: 1,
      output: stride === 1 ? [5, 4] : [3, 2],
      outputs: { first: 0, count: 6 },
    },
  };
}

const oneAt =
  (row: number, column: number, word = 1) =>
  (y: number, x: number, c: number): number =>
    y === row && x === column && c === 1 ? word : 0;

describe('additionsOf', () => {
  it('counts a spike once for every output pixel that sees it and every output channel, and no padding', () => {
    expect(additionsOf(layer(oneAt(2, 2)))).toBe(9 * 6);
    expect(additionsOf(layer(oneAt(0, 0)))).toBe(4 * 6);
    expect(additionsOf(layer(oneAt(0, 2)))).toBe(6 * 6);
    expect(additionsOf(layer(oneAt(2, 2, 0b1011)))).toBe(3 * 9 * 6);
    expect(additionsOf(layer(() => 0))).toBe(0);
  });

  it('counts strides: windows two apart share a row and column between them', () => {
    // Windows start at rows −1, 1, 3 and columns −1, 1: row 1 is in two of them, row 2 in one, column 3 in one.
    expect(additionsOf(layer(oneAt(1, 1), 2))).toBe(2 * 2 * 6);
    expect(additionsOf(layer(oneAt(2, 3), 2))).toBe(6);
  });
});

describe('densityOf', () => {
  it('is the share of neurons and steps that fire, channels of padding aside', () => {
    expect(densityOf(layer(() => 0b0101))).toBe(0.5);
    expect(densityOf(layer(oneAt(0, 0, 0b1111)))).toBeCloseTo(1 / 60, 12);
  });
});

describe('measureSpikeKernels', () => {
  it('measures events and tables of both formats, beside a peak that loops over nothing else', async () => {
    // A clock that ticks once per read, so that nothing depends on the speed of the machine.
    let ticks = 0;
    const { peaks, measurements } = await measureSpikeKernels([layer(() => 1)], { clock: () => ticks++, rounds: 2 });
    expect(measurements.map(({ format, by }) => `${format} ${by}`)).toEqual([
      'f32 events',
      'f32 tables',
      'i8 events',
      'i8 tables',
    ]);
    for (const { additions, microseconds, gigaadditions, shareOfPeak, format } of measurements) {
      expect(microseconds).toBe(0.1);
      expect(gigaadditions).toBeCloseTo(additions / 0.1 / 1000, 9);
      expect(shareOfPeak).toBeCloseTo(gigaadditions / peaks[format], 12);
    }
  });

  it('leaves tables out where they would be larger than is asked for', async () => {
    const { measurements } = await measureSpikeKernels([layer(() => 1)], { clock: () => 0, rounds: 1, tableBytes: 0 });
    expect(measurements.every(({ by }) => by === 'events')).toBe(true);
  });
});

describe('peakAdditions', () => {
  it.each([
    ['f32', 4],
    ['f32', 8],
    ['i8', 4],
    ['i8', 8],
  ] as const)('adds every weight of %s with %i registers as often as it says', async (format, registers) => {
    const weights = 8192 / (format === 'f32' ? 4 : 1);
    const { additions, run, sums } = await peakAdditions(format, registers);
    expect(additions % weights).toBe(0);
    run();
    // All weights are 1, so each lane of a register holds its number of additions, in 16 bits for int8.
    const each = additions / (registers * (format === 'f32' ? 4 : 8));
    expect([...sums()]).toEqual(
      Array.from({ length: sums().length }, () => (format === 'f32' ? each : (each << 16) >> 16)),
    );
  });
});
