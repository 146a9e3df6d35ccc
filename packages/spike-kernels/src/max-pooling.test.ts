import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './kernels.fixture.js';
import { bench } from './kernels.fixture.js';
import { layOut, paddedChannels } from './layout.js';
import type { MaxPoolingField, MaxPoolingShape, SpikeMaxPoolingField } from './max-pooling.js';
import { maxPoolingFields, maxPoolingShapeFields, spikeMaxPoolingFields } from './max-pooling.js';
import type { Extent } from './source-window.js';

let table: Bench;
beforeAll(async () => {
  table = await bench();
});

interface Case {
  readonly shape: MaxPoolingShape;
  /** Values of the image in memory, including gaps between its pixels. */
  readonly size: number;
  readonly steps: number;
  readonly draw: (least: number, most: number) => number;
  /** Whether sums or counts are carried over from earlier steps. */
  readonly resumed: boolean;
}

function generator(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0;
  return (least, most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

const extent = (most: number): fc.Arbitrary<Extent> =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most }));

/** Windows of 1 to 3 with strides of 1 to 3, overlapping or not, and smaller paddings. */
const cases = (subsampled: Extent): fc.Arbitrary<Case> =>
  fc
    .record({
      image: extent(6),
      channels: fc.integer({ min: 1, max: 20 }),
      size: extent(3),
      stride: extent(3),
      padding: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      steps: fc.constantFrom(1, 2, 4, 7, 16, 32),
      seed: fc.integer(),
      resumed: fc.boolean(),
    })
    .map(({ image, channels: count, size: wanted, stride, padding, steps, seed, resumed }) => {
      const channels = paddedChannels(count);
      const size: Extent = [Math.min(wanted[0], image[0]), Math.min(wanted[1], image[1])];
      const [top = 0, left = 0, bottom = 0, right = 0] = padding.map((any, i) => any % size[i % 2 === 0 ? 0 : 1]);
      const output: Extent = [
        Math.floor((image[0] + top + bottom - size[0]) / stride[0]) + 1,
        Math.floor((image[1] + left + right - size[1]) / stride[1]) + 1,
      ];
      const columns = image[1] * subsampled[1];
      return {
        shape: {
          source: {
            rows: image[0],
            columns: image[1],
            channels,
            rowPitch: subsampled[0] * columns * channels,
            pixelPitch: subsampled[1] * channels,
          },
          window: { size, stride, top, left },
          output,
        },
        size: image[0] * subsampled[0] * columns * channels,
        steps,
        draw: generator(seed),
        resumed,
      };
    });

/** The maximum of every window over the pixels inside the image. */
function greatest({ source, window, output }: MaxPoolingShape, values: ArrayLike<number>): number[] {
  return Array.from({ length: output[0] * output[1] * source.channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / source.channels), i % source.channels];
    const top = Math.floor(pixel / output[1]) * window.stride[0] - window.top;
    const left = (pixel % output[1]) * window.stride[1] - window.left;
    let most = -Infinity;
    for (let y = Math.max(top, 0); y < Math.min(top + window.size[0], source.rows); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + window.size[1], source.columns); x++) {
        most = Math.max(most, values[y * source.rowPitch + x * source.pixelPitch + channel] ?? Number.NaN);
      }
    }
    return most;
  });
}

/** y(t) = max a(t) − max a(t − 1), computed directly. */
function rises(shape: MaxPoolingShape, start: readonly number[] | undefined, inputs: readonly (readonly number[])[]) {
  const sums = start === undefined ? (inputs[0]?.map(() => 0) ?? []) : [...start];
  let before = greatest(shape, sums);
  const outputs = inputs.map((input) => {
    input.forEach((x, i) => (sums[i] = (sums[i] ?? 0) + x));
    const now = greatest(shape, sums);
    const rise = now.map((x, i) => x - (before[i] ?? 0));
    before = now;
    return rise;
  });
  return { outputs, sums };
}

describe('the max pooling kernels of numbers', () => {
  for (const format of ['f32', 'i32'] as const) {
    // Integers, so that float32 rounds nothing.
    const put = (values: readonly number[]): number =>
      table.put(format === 'i32' ? Int32Array.from(values) : Float32Array.from(values));
    const read = (at: number, count: number): readonly number[] => [
      ...(format === 'i32' ? table.ints(at, count) : table.floats(at, count)),
    ];

    it(`${format}: take the maximum of every window of numbers that stay the same`, () => {
      fc.assert(
        fc.property(cases([1, 1]), ({ shape, size, draw }) => {
          table.clear();
          const input = Array.from({ length: size }, () => draw(-50, 20));
          const expected = greatest(shape, input);
          const output = table.room(4 * expected.length);
          const structure = layOut<MaxPoolingField, number>(maxPoolingFields, {
            ...maxPoolingShapeFields(shape),
            input: put(input),
            output,
            steps: 1,
            sumsStart: 0,
            sums: 0,
            greatest: 0,
          });
          table.kernels[`${format}_max_pool`](table.put(Int32Array.from(structure)));
          expect(read(output, expected.length)).toEqual(expected);
        }),
        { seed: 21, numRuns: 200 },
      );
    });

    it(`${format}: pass on what the maximum of the sums rises by, from nothing or from the sums of steps before`, () => {
      fc.assert(
        fc.property(cases([1, 1]), fc.boolean(), ({ shape, size, steps, draw, resumed }, inPlace) => {
          table.clear();
          const many = (): number[] => Array.from({ length: size }, () => draw(-30, 30));
          const inputs = Array.from({ length: steps }, many);
          const start = resumed ? many() : undefined;
          const expected = rises(shape, start, inputs);
          const count = shape.output[0] * shape.output[1] * shape.source.channels;
          const sumsStart = start === undefined ? 0 : put(start);
          const [output, room] = [table.room(4 * steps * count), table.room(4 * size)];
          const sums = inPlace && sumsStart !== 0 ? sumsStart : room;
          const structure = layOut<MaxPoolingField, number>(maxPoolingFields, {
            ...maxPoolingShapeFields(shape),
            input: put(inputs.flat()),
            output,
            steps,
            sumsStart,
            sums,
            greatest: table.room(4 * count),
          });
          table.kernels[`${format}_max_pool`](table.put(Int32Array.from(structure)));
          expect(read(output, steps * count)).toEqual(expected.outputs.flat());
          expect(read(sums, size)).toEqual(expected.sums);
        }),
        { seed: 22, numRuns: 200 },
      );
    });
  }
});

describe('spike_max_pool', () => {
  const subsamplings: readonly Extent[] = [
    [1, 1],
    [2, 3],
  ];
  for (const subsampled of subsamplings) {
    const which = subsampled[0] === 1 ? 'every pixel' : 'some of the pixels';
    it(`gives spikes, of either sign and any level, where the maximum of the counts of ${which} moves, and leaves the counts`, () => {
      fc.assert(
        fc.property(
          cases(subsampled),
          fc.boolean(),
          fc.constantFrom(2, 8, 90),
          fc.constantFrom(1, 1, 2, 3, 7),
          ({ shape, size, steps, draw, resumed }, signed, density, levels) => {
            table.clear();
            const spikes = Array.from({ length: steps }, () =>
              Array.from({ length: size }, () =>
                draw(0, 99) >= density ? 0 : draw(1, 2 ** levels - 1) * (signed && draw(0, 1) === 0 ? -1 : 1),
              ),
            );
            const start = resumed ? Array.from({ length: size }, () => draw(-3, 5)) : undefined;
            const expected = rises(shape, start, spikes);
            expect(expected.outputs.flat().every((y) => Math.abs(y) < 2 ** levels)).toBe(true);
            // Bits after the last step must not count.
            const beyond = steps === 32 ? 0 : -1 << steps;
            const wordsOf = (train: readonly (readonly number[])[], sign: number, rest: number): Uint32Array =>
              Uint32Array.from(
                Array.from({ length: levels }, (_, level) =>
                  (train[0] ?? []).map((__, i) =>
                    train.reduce(
                      (word, step, t) => word | (((Math.max(sign * (step[i] ?? 0), 0) >> level) & 1) << t),
                      rest,
                    ),
                  ),
                ).flat(),
              );
            const count = shape.output[0] * shape.output[1] * shape.source.channels;
            const [output, negativeOutput] = [table.room(4 * levels * count), table.room(4 * levels * count)];
            const countsStart = start === undefined ? 0 : table.put(Int32Array.from(start));
            const counts = countsStart === 0 ? table.room(4 * size) : countsStart;
            const structure = layOut<SpikeMaxPoolingField, number>(spikeMaxPoolingFields, {
              ...maxPoolingShapeFields(shape),
              spikes: table.put(wordsOf(spikes, 1, beyond)),
              negativeSpikes: signed ? table.put(wordsOf(spikes, -1, beyond)) : 0,
              levels,
              output,
              negativeOutput,
              steps,
              countsStart,
              counts,
              words: size,
            });
            table.kernels.spike_max_pool(table.put(Int32Array.from(structure)));
            expect(table.words(output, levels * count)).toEqual(wordsOf(expected.outputs, 1, 0));
            if (signed) expect(table.words(negativeOutput, levels * count)).toEqual(wordsOf(expected.outputs, -1, 0));
            expect([...table.ints(counts, size)]).toEqual(expected.sums);
          },
        ),
        { seed: 23, numRuns: 300 },
      );
    });
  }
});
