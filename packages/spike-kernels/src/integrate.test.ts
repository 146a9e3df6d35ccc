import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './kernels.fixture.js';
import { bench } from './kernels.fixture.js';
import { layOut, paddedChannels } from './layout.js';
import { currentsBytes, neuronFields, resetKinds } from './neurons.js';
import { referenceNeuron, singlePrecision, wholeNumbers } from './reference-neuron.fixture.js';

let table: Bench;
beforeAll(async () => {
  table = await bench();
});

const cases = fc.record({
  pixels: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 50 }),
  steps: fc.constantFrom(1, 4, 7, 32),
  kind: fc.constantFrom('soft', 'hard', 'signed', 'compensating'),
  leaky: fc.boolean(),
  shifted: fc.boolean(),
  perNeuron: fc.boolean(),
  constant: fc.boolean(),
  addend: fc.boolean(),
  resumed: fc.boolean(),
  shortcut: fc.constantFrom('none', 'positive', 'signed'),
  seed: fc.integer({ min: 1, max: 100_000 }),
});

describe('the integrate kernels', () => {
  for (const format of ['i32', 'f32'] as const) {
    it(`${format}: fire as the reference does, for every kind of reset, leak, shift, current and shape of parameters`, () => {
      fc.assert(
        fc.property(
          cases,
          ({ pixels, channels, steps, kind, leaky, shifted, perNeuron, constant, addend, resumed, shortcut, seed }) => {
            table.clear();
            let state = seed;
            const draw = (least: number, most: number): number => {
              state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
              return least + Math.floor((state / 2 ** 32) * (most - least + 1));
            };
            const padded = paddedChannels(channels);
            const size = pixels * padded;
            const many = (count: number, least: number, most: number) =>
              Array.from({ length: count }, () => draw(least, most));
            const put = (values: readonly number[]): number =>
              table.put(format === 'i32' ? Int32Array.from(values) : Float32Array.from(values));
            const each = perNeuron ? size : padded;
            const pitch = perNeuron ? padded : 0;
            const base = many(constant ? size : padded, -60, 90);
            const changing = many(steps * size, -40, 60);
            const words = { positive: many(size, 0, 2 ** 31 - 1), negative: many(size, 0, 2 ** 31 - 1) };
            const gain = many(padded, -30, 50);
            const [least, most] = kind === 'compensating' ? [-8, 0] : [60, 200];
            const [threshold, lower] = [many(each, 60, 200), many(each, least, most)];
            const before = many(size, -2, 3);
            const shift = many(each, 0, 20);
            // Sums of halves and quarters, so that float32 has no rounding either, but in the product with V.
            const leak = many(each, 1, 3).map((quarter) => quarter / 4);
            const start = many(each, 0, 80);
            const [spikes, negative, potential] = [table.room(4 * size), table.room(4 * size), table.room(4 * size)];
            const [record, balance] = [table.room(4 * steps * size), table.room(4 * size)];
            const structure = layOut<(typeof neuronFields)[number], number>(neuronFields, {
              channels: padded,
              base: put(base),
              basePitch: constant ? padded : 0,
              addend: addend ? put(changing) : 0,
              shortcut: shortcut === 'none' ? 0 : table.put(Uint32Array.from(words.positive)),
              negativeShortcut: shortcut === 'signed' ? table.put(Uint32Array.from(words.negative)) : 0,
              gain: put(gain),
              record,
              spikes,
              negativeSpikes: negative,
              kind: resetKinds[kind],
              threshold: put(threshold),
              thresholdPitch: pitch,
              lower: put(lower),
              lowerPitch: pitch,
              shift: shifted ? put(shift) : 0,
              shiftPitch: pitch,
              leak: leaky ? table.put(Float32Array.from(leak)) : 0,
              leakPitch: pitch,
              start: put(start),
              startPitch: pitch,
              potential,
              balanceStart: resumed ? table.put(Int32Array.from(before)) : 0,
              balance,
            });
            const address = table.put(Int32Array.from(structure));
            table.kernels[`${format}_integrate`](address, pixels, steps, table.room(currentsBytes(steps)));

            const read = (at: number, count: number) =>
              format === 'i32' ? table.ints(at, count) : table.floats(at, count);
            const got = {
              spikes: table.words(spikes, size),
              negative: table.words(negative, size),
              potential: read(potential, size),
              balance: table.ints(balance, size),
            };
            const recorded = read(record, steps * size);
            const bit = (word: number | undefined, t: number): number => ((word ?? 0) >>> t) & 1;
            for (let place = 0; place < size; place++) {
              const channel = place % padded;
              const of = (values: readonly number[]): number => values[perNeuron ? place : channel] ?? 0;
              const currents = Array.from({ length: steps }, (_, t) => {
                let current = base[constant ? place : channel] ?? 0;
                if (addend) current += changing[t * size + place] ?? 0;
                if (shortcut !== 'none') current += (gain[channel] ?? 0) * bit(words.positive[place], t);
                if (shortcut === 'signed') current -= (gain[channel] ?? 0) * bit(words.negative[place], t);
                return current;
              });
              expect(currents).toEqual(currents.map((_, t) => recorded[t * size + place]));
              const constants = {
                kind,
                threshold: of(threshold),
                lower: of(lower),
                shift: shifted ? of(shift) : 0,
                leak: leaky ? of(leak) : 1,
                start: of(start),
                balance: resumed ? (before[place] ?? 0) : 0,
              };
              const expected = referenceNeuron(currents, constants, format === 'i32' ? wholeNumbers : singlePrecision);
              const word = (sign: number) =>
                expected.spikes.reduce((all, s, t) => (s === sign ? all | (1 << t) : all), 0) >>> 0;
              const negatives = kind === 'signed' || kind === 'compensating';
              const is = [got.spikes[place], negatives ? got.negative[place] : 0, got.potential[place]];
              expect(is).toEqual([word(1), negatives ? word(-1) : 0, expected.potential]);
              if (kind === 'compensating') expect(got.balance[place]).toBe(expected.balance);
            }
          },
        ),
        { seed: 9, numRuns: 200 },
      );
    }, 20_000);
  }
});

describe('pack_spikes and unpack_spikes', () => {
  it('are each other’s inverse, signs included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32 }),
        fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 32, maxLength: 200 }),
        (steps, given) => {
          table.clear();
          const count = Math.floor(given.length / steps);
          const spikes = Int8Array.from(given.slice(0, count * steps));
          const [words, negative, back] = [table.room(4 * count), table.room(4 * count), table.room(count * steps)];
          table.kernels.pack_spikes(words, negative, table.put(spikes), count, steps);
          expect([...table.words(words, count)]).toEqual(
            Array.from({ length: count }, (_, i) =>
              Array.from({ length: steps }, (__, t) => (spikes[t * count + i] === 1 ? 2 ** t : 0)).reduce(
                (a, b) => a + b,
                0,
              ),
            ),
          );
          table.kernels.unpack_spikes(back, words, negative, count, steps);
          expect(table.bytes(back, count * steps)).toEqual(spikes);
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });
});

describe('f32_quantize', () => {
  it('rounds half up and clips, by channel', () => {
    table.clear();
    const to = table.room(24);
    const from = table.put(Float32Array.from([0.5, -0.5, 1.49, -1.5, 100, -100]));
    table.kernels.f32_quantize(to, from, table.put(Float32Array.from([1, 0.5])), 2, 6, 9);
    expect([...table.floats(to, 6)]).toEqual([1, -1, 1, -3, 9, -9]);
  });
});
