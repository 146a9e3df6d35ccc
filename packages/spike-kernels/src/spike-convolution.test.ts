import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './kernels.fixture.js';
import { bench } from './kernels.fixture.js';
import { layOut, paddedChannels } from './layout.js';
import { neuronFields, negativeRules } from './neurons.js';
import type { Arithmetic } from './reference-neuron.fixture.js';
import { referenceNeuron, singlePrecision, integerArithmetic } from './reference-neuron.fixture.js';
import type { SpikeConvolutionShape, WeightFormat } from './spike-convolution.js';
import {
  packSpikeTables,
  packSpikeWeights,
  packedWeightBytes,
  spikeConvolutionFields,
  spikeConvolutionScratch,
  spikeConvolutionShapeFields,
  spikeTableBytes,
} from './spike-convolution.js';

let table: Bench;
beforeAll(async () => {
  table = await bench(1500);
});

/** A small generator for test data, so that a counterexample prints as one number. */
function generator(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0;
  return (least, most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

interface Case {
  readonly shape: SpikeConvolutionShape;
  readonly steps: number;
  readonly density: number;
  readonly seed: number;
  /** Whether to use tables of sums where possible. */
  readonly byTables: boolean;
}

const padding = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 }), fc.constant(8));
const beyond = fc.oneof(fc.constant(0), fc.integer({ min: -1, max: 3 }));

const cases: fc.Arbitrary<Case> = fc
  .record({
    columns: fc.integer({ min: 1, max: 5 }),
    rows: fc.integer({ min: 1, max: 5 }),
    channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(24, 33)),
    outputs: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(24, 32, 40, 56, 65)),
    before: fc.constantFrom(0, 3, 8),
    kernel: fc.constantFrom<readonly [number, number]>([1, 1], [3, 3], [5, 5], [2, 3], [7, 7], [1, 4]),
    stride: fc.constantFrom<readonly [number, number]>([1, 1], [2, 2], [1, 3], [3, 1], [9, 8]),
    dilation: fc.constantFrom<readonly [number, number]>([1, 1], [1, 1], [2, 1], [1, 2], [2, 3], [4, 5]),
    top: padding,
    left: padding,
    bottom: padding,
    right: padding,
    signed: fc.boolean(),
    levels: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 8 })),
    window: fc.constantFrom<SpikeConvolutionShape['window']>(
      { size: [1, 1], stride: [1, 1], top: 0, left: 0 },
      { size: [2, 2], stride: [2, 2], top: 0, left: 0 },
      { size: [3, 2], stride: [2, 1], top: 1, left: 1 },
      { size: [1, 1], stride: [2, 3], top: 0, left: 0 },
      { size: [1, 1], stride: [1, 1], top: 1, left: 0 },
      { size: [1, 1], stride: [1, 1], top: 0, left: 2 },
      { size: [1, 1], stride: [2, 1], top: 1, left: 1 },
      { size: [4, 3], stride: [1, 2], top: 3, left: 4 },
    ),
    // How far the grid extends beyond the source; if negative, the source beyond the grid.
    beyond: fc.tuple(beyond, beyond),
    steps: fc.constantFrom(1, 2, 4, 4, 7, 32),
    density: fc.constantFrom(0, 5, 30, 100),
    seed: fc.integer(),
    byTables: fc.boolean(),
  })
  .map((drawn) => {
    const { window, kernel, stride, dilation, channels, before } = drawn;
    // Large enough that the kernel fits once.
    const grid = [0, 1].map((axis) => {
      const [size, padding] =
        axis === 0 ? [drawn.rows, drawn.top + drawn.bottom] : [drawn.columns, drawn.left + drawn.right];
      const reach = ((kernel[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 1;
      return Math.max(size, reach - padding);
    });
    const [rows = 1, columns = 1] = grid;
    const output = (size: number, axis: 0 | 1, padding: number): number =>
      Math.floor((size + padding - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis]) + 1;
    const source = (size: number, axis: 0 | 1): number => {
      const offset = axis === 0 ? window.top : window.left;
      return Math.max((size - 1) * window.stride[axis] + 1 - offset - drawn.beyond[axis], 1);
    };
    const shape: SpikeConvolutionShape = {
      source: {
        rows: source(rows, 0),
        columns: source(columns, 1),
        pitch: paddedChannels(before + channels + 1),
        signed: drawn.signed,
        levels: drawn.levels,
      },
      window,
      grid: [rows, columns],
      channels: { first: before, count: channels },
      kernel,
      stride,
      dilation,
      top: drawn.top,
      left: drawn.left,
      output: [output(rows, 0, drawn.top + drawn.bottom), output(columns, 1, drawn.left + drawn.right)],
      outputs: { first: 0, count: drawn.outputs },
    };
    return { shape, steps: drawn.steps, density: drawn.density, seed: drawn.seed, byTables: drawn.byTables };
  });

/** Runs a kernel and the reference on the same random spikes and weights, and compares every spike and potential. */
function check({ shape, steps, density, seed, byTables }: Case, format: WeightFormat): void {
  table.clear();
  const draw = generator(seed);
  const { source, window, grid, channels, kernel, output } = shape;
  const outputs = paddedChannels(shape.outputs.count);
  const size = source.rows * source.columns * source.pitch;
  const spikes = Array.from({ length: steps }, () => new Int8Array(size));
  for (const step of spikes) {
    for (let i = 0; i < size; i++) {
      if (draw(1, 100) > density) continue;
      // Also few levels at a time, so that some have no spikes.
      const count = draw(1, 2 ** draw(1, Math.min(source.levels, 7)) - 1);
      step[i] = source.signed && draw(0, 2) === 0 ? -count : count;
    }
  }
  const words = (sign: number): Uint32Array => {
    const packed = new Uint32Array(source.levels * size);
    for (let level = 0; level < source.levels; level++) {
      spikes.forEach((step, t) =>
        step.forEach((s, i) => {
          const at = level * size + i;
          packed[at] = (packed[at] ?? 0) | (((Math.max(sign * s, 0) >> level) & 1) << t);
        }),
      );
    }
    return packed;
  };
  const arithmetic: Arithmetic = format === 'i8' ? integerArithmetic : singlePrecision;
  // Integers in float32 too, small enough that the order of sums does not matter.
  const weights = Int8Array.from({ length: kernel[0] * kernel[1] * channels.count * shape.outputs.count }, () =>
    draw(-127, 127),
  );
  const weightAt = (i: number, j: number, c: number, o: number): number =>
    weights[((i * kernel[1] + j) * channels.count + c) * shape.outputs.count + o] ?? Number.NaN;
  const numbers = (values: readonly number[]) =>
    format === 'i8' ? Int32Array.from(values) : Float32Array.from(values);
  const pixels = output[0] * output[1];
  const each = (make: () => number): readonly number[] => Array.from({ length: outputs }, make);
  const bias = each(() => draw(-50, 50));
  // As with differential coding, in half of the cases.
  const later = seed % 2 === 0 ? bias : each(() => 0);
  const threshold = Array.from({ length: pixels * outputs }, () => draw(100, 900));
  const lower = each(() => draw(100, 900));
  const start = each(() => draw(0, 300));
  const [hard, negatives] = [draw(0, 1) === 1, draw(0, 1) === 1 ? 'signed' : 'none'] as const;
  const [potential, fired, negative] = [0, 1, 2].map(() => table.room(4 * pixels * outputs));
  const addend = draw(0, 1) === 1 ? Array.from({ length: steps * pixels * outputs }, () => draw(-100, 100)) : undefined;
  const possible = byTables && spikeTableBytes(shape, format) !== undefined;
  const tables = possible ? packSpikeTables(shape, format, weightAt) : undefined;
  const scratch = spikeConvolutionScratch(shape, steps);
  const before = table.words(0, 1);
  const convolution = table.put(
    Int32Array.from(
      layOut<(typeof spikeConvolutionFields)[number], number>(spikeConvolutionFields, {
        ...spikeConvolutionShapeFields(shape),
        ...scratch.fields,
        spikes: table.put(words(1)),
        negativeSpikes: source.signed ? table.put(words(-1)) : 0,
        steps,
        weights: table.put(tables ?? packSpikeWeights(shape, format, weightAt)),
        tables: tables === undefined ? 0 : 1,
        masks: table.room(scratch.masks),
        lists: table.room(scratch.lists),
        ends: table.room(scratch.ends),
        currents: table.room(scratch.currents),
        bits: table.bits,
      }),
    ),
  );
  const record = table.room(4 * steps * pixels * outputs);
  const neurons = table.put(
    Int32Array.from(
      layOut<(typeof neuronFields)[number], number>(neuronFields, {
        channels: outputs,
        base: table.put(numbers(bias)),
        basePitch: 0,
        later: table.put(numbers(later)),
        laterPitch: 0,
        powers: 0,
        addend: addend === undefined ? 0 : table.put(numbers(addend)),
        shortcut: 0,
        negativeShortcut: 0,
        shortcutLevels: 0,
        gain: 0,
        record,
        spikes: fired ?? 0,
        negativeSpikes: negative ?? 0,
        hard: hard ? 1 : 0,
        above: 0,
        most: 0,
        negatives: negativeRules[negatives],
        threshold: table.put(numbers(threshold)),
        thresholdPitch: outputs,
        lower: table.put(numbers(lower)),
        lowerPitch: 0,
        shift: 0,
        shiftPitch: 0,
        leak: 0,
        leakPitch: 0,
        start: table.put(numbers(start)),
        startPitch: 0,
        potential: potential ?? 0,
        balanceStart: 0,
        balance: 0,
      }),
    ),
  );
  table.kernels[`${format}_spike_convolution`](convolution, neurons);
  expect(table.words(0, 1)).toEqual(before);

  const read = (address: number | undefined) =>
    format === 'i8' ? table.ints(address ?? 0, pixels * outputs) : table.floats(address ?? 0, pixels * outputs);
  const got = {
    spikes: table.words(fired ?? 0, pixels * outputs),
    negative: table.words(negative ?? 0, pixels * outputs),
  };
  const after = read(potential);
  const recorded =
    format === 'i8' ? table.ints(record, steps * pixels * outputs) : table.floats(record, steps * pixels * outputs);
  const at = (t: number, y: number, x: number, c: number): number => {
    if (y < 0 || x < 0 || y >= grid[0] || x >= grid[1]) return 0;
    let sum = 0;
    for (let i = 0; i < window.size[0]; i++) {
      for (let j = 0; j < window.size[1]; j++) {
        const row = y * window.stride[0] - window.top + i;
        const column = x * window.stride[1] - window.left + j;
        if (row < 0 || column < 0 || row >= source.rows || column >= source.columns) continue;
        sum += spikes[t]?.[(row * source.columns + column) * source.pitch + channels.first + c] ?? 0;
      }
    }
    return sum;
  };
  const taps = Array.from(
    { length: kernel[0] * kernel[1] },
    (_, k) => [Math.floor(k / kernel[1]), k % kernel[1]] as const,
  );
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [row, column] = [Math.floor(pixel / output[1]), pixel % output[1]];
    // The pixel's input: s by kernel position and channel.
    const seen = spikes.map((_, t) =>
      taps.map(([i, j]) =>
        Array.from({ length: channels.count }, (__, c) =>
          at(
            t,
            row * shape.stride[0] - shape.top + i * shape.dilation[0],
            column * shape.stride[1] - shape.left + j * shape.dilation[1],
            c,
          ),
        ),
      ),
    );
    for (let o = 0; o < shape.outputs.count; o++) {
      const place = pixel * outputs + o;
      const currents = seen.map((places, t) => {
        let sum = ((t === 0 ? bias : later)[o] ?? 0) + (addend?.[t * pixels * outputs + place] ?? 0);
        places.forEach((values, k) => {
          const [i, j] = taps[k] ?? [0, 0];
          values.forEach((s, c) => (sum += s === 0 ? 0 : s * weightAt(i, j, c, o)));
        });
        return sum;
      });
      const constants = {
        hard,
        negatives,
        most: 1,
        threshold: threshold[place] ?? 0,
        lower: lower[o] ?? 0,
        shift: 0,
        leak: 1,
        start: start[o] ?? 0,
        balance: 0,
      };
      const expected = referenceNeuron(currents, constants, arithmetic);
      const word = (sign: number) =>
        expected.spikes.reduce((all, s, t) => (s === sign ? all | (1 << t) : all), 0) >>> 0;
      const is = [got.spikes[place], negatives === 'signed' ? got.negative[place] : 0, after[place]];
      const should = [word(1), negatives === 'signed' ? word(-1) : 0, expected.potential];
      const sums = currents.map((_, t) => recorded[t * pixels * outputs + place]);
      if (String([is, sums]) === String([should, currents])) continue;
      expect({ pixel, o, is, sums }).toEqual({ pixel, o, is: should, sums: currents });
    }
  }
}

describe('the spike convolution kernels', () => {
  for (const format of ['i8', 'f32'] as const) {
    it(`${format}: give the reference's spikes, potentials and currents, over channels, kernels, strides, paddings, dilations, windows in and beyond the source, signs and levels`, () => {
      fc.assert(
        fc.property(cases, (drawn) => check(drawn, format)),
        { seed: 7, numRuns: 200 },
      );
    }, 30_000);
  }

  it('i8: adds more than 256 of the greatest weights without overflow', () => {
    const shape: SpikeConvolutionShape = {
      source: { rows: 3, columns: 3, pitch: 200, signed: false, levels: 1 },
      window: { size: [1, 1], stride: [1, 1], top: 0, left: 0 },
      grid: [3, 3],
      channels: { first: 0, count: 200 },
      kernel: [3, 3],
      stride: [1, 1],
      dilation: [1, 1],
      top: 1,
      left: 1,
      output: [3, 3],
      outputs: { first: 0, count: 40 },
    };
    check({ shape, steps: 3, density: 100, seed: 1, byTables: false }, 'i8');
  });
});

describe('packSpikeWeights', () => {
  const shape: SpikeConvolutionShape = {
    source: { rows: 1, columns: 1, pitch: 8, signed: true, levels: 1 },
    window: { size: [1, 1], stride: [1, 1], top: 0, left: 0 },
    grid: [1, 1],
    channels: { first: 0, count: 2 },
    kernel: [1, 1],
    stride: [1, 1],
    dilation: [1, 1],
    top: 0,
    left: 0,
    output: [1, 1],
    outputs: { first: 0, count: 3 },
  };

  it('gives spikes of −1 the negative weights, fills up with zeros, and ends with a row of them', () => {
    const packed = packSpikeWeights(shape, 'i8', (_i, _j, channel, output) => 10 * channel + output + 1);
    expect(packed.byteLength).toBe(packedWeightBytes(shape, 'i8'));
    const row = (n: number) => [...packed.subarray(8 * n, 8 * n + 8)];
    expect(row(1)).toEqual([11, 12, 13, 0, 0, 0, 0, 0]);
    expect(row(9).map((w) => w + 0)).toEqual([-11, -12, -13, 0, 0, 0, 0, 0]);
    expect(row(16)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('refuses int8 weights whose sums could overflow', () => {
    expect(() => packSpikeWeights(shape, 'i8', () => -128)).toThrow(/a weight is -128; int8 weights/);
    expect(() => packSpikeWeights(shape, 'i8', () => 0.5)).toThrow(RangeError);
  });
});

describe('spikeConvolutionScratch', () => {
  it('refuses a kernel row that 16 bits cannot count', () => {
    const shape: SpikeConvolutionShape = {
      source: { rows: 1, columns: 1, pitch: 70_000, signed: false, levels: 1 },
      window: { size: [1, 1], stride: [1, 1], top: 0, left: 0 },
      grid: [1, 1],
      channels: { first: 0, count: 70_000 },
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      top: 0,
      left: 0,
      output: [1, 1],
      outputs: { first: 0, count: 3 },
    };
    expect(() => spikeConvolutionScratch(shape, 1)).toThrow(/sees 1 columns of 70000 places/);
  });
});
