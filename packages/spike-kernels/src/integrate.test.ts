import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './kernels.fixture.js';
import { bench } from './kernels.fixture.js';
import { layOut, paddedChannels } from './layout.js';
import { currentsBytes, neuronFields, negativeRules, spikeLevels } from './neurons.js';
import { referenceNeuron, singlePrecision, integerArithmetic } from './reference-neuron.fixture.js';

let table: Bench;
beforeAll(async () => {
  table = await bench();
});

const cases = fc.record({
  pixels: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 50 }),
  steps: fc.constantFrom(1, 4, 7, 32),
  hard: fc.boolean(),
  strict: fc.boolean(),
  negatives: fc.constantFrom('none', 'signed', 'compensating', 'correcting'),
  powers: fc.integer({ min: 0, max: 7 }),
  once: fc.boolean(),
  most: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 1, 64, 127)),
  leaky: fc.boolean(),
  shifted: fc.boolean(),
  perNeuron: fc.boolean(),
  constant: fc.boolean(),
  addend: fc.boolean(),
  resumed: fc.boolean(),
  shortcut: fc.constantFrom('none', 'positive', 'signed'),
  shortcutLevels: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 1, max: 100_000 }),
});

describe('the integrate kernels', () => {
  for (const format of ['i32', 'f32'] as const) {
    it(`${format}: fire as the reference does, for every kind of reset, leak, shift, current and shape of parameters`, () => {
      fc.assert(
        fc.property(cases, ({ pixels, channels, steps, shortcut, shortcutLevels, seed, ...drawn }) => {
          table.clear();
          const { hard, strict, negatives, shifted, perNeuron, constant, addend, resumed } = drawn;
          // What grows for 32 steps has no room in 32 bits.
          const leaky = drawn.leaky && (negatives !== 'correcting' || steps < 32);
          const powers = negatives === 'correcting' ? drawn.powers : 0;
          const counted = negatives === 'correcting' ? Math.max(drawn.most, 1) : drawn.most;
          const mostSpikes = powers > 0 ? 2 ** (powers - 1) : counted;
          const above = strict && mostSpikes <= 1;
          const levels = spikeLevels(mostSpikes);
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
          const later = drawn.once ? base.map(() => 0) : base;
          const changing = many(steps * size, -40, 60);
          const shortcutWords = (): number[] => many(shortcutLevels * size, 0, 2 ** 31 - 1);
          const words = { positive: shortcutWords(), negative: shortcutWords() };
          const gain = many(padded, -30, 50);
          const [least, most] = negatives === 'compensating' ? [-8, 0] : [60, 200];
          // Small enough that burst neurons fire many spikes.
          const [threshold, lower] = [many(each, Math.ceil(60 / levels ** 2), 200), many(each, least, most)];
          const before = many(size, -2, 3);
          const shift = many(each, 0, 20);
          // Sums of halves and quarters, so that float32 rounds only the product with V.
          // Growth is 1 to 2; with it potentials stay exact, as no number has many digits.
          const leak = many(each, 1, 3).map((part) => (negatives === 'correcting' ? (part + 1) / 2 : part / 4));
          const start = many(each, 0, 80);
          const [spikes, negative] = [table.room(4 * levels * size), table.room(4 * levels * size)];
          const potential = table.room(4 * size);
          const [record, balance] = [table.room(4 * steps * size), table.room(4 * size)];
          const structure = layOut<(typeof neuronFields)[number], number>(neuronFields, {
            channels: padded,
            base: put(base),
            basePitch: constant ? padded : 0,
            later: put(later),
            laterPitch: constant ? padded : 0,
            addend: addend ? put(changing) : 0,
            shortcut: shortcut === 'none' ? 0 : table.put(Uint32Array.from(words.positive)),
            negativeShortcut: shortcut === 'signed' ? table.put(Uint32Array.from(words.negative)) : 0,
            shortcutLevels,
            gain: put(gain),
            record,
            spikes,
            negativeSpikes: negative,
            hard: hard ? 1 : 0,
            above: above ? 1 : 0,
            most: mostSpikes,
            powers,
            negatives: negativeRules[negatives],
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
            balanceStart: resumed ? (negatives === 'correcting' ? put(before) : table.put(Int32Array.from(before))) : 0,
            balance,
          });
          const address = table.put(Int32Array.from(structure));
          table.kernels[`${format}_integrate`](address, pixels, steps, table.room(currentsBytes(steps)));

          const read = (at: number, count: number) =>
            format === 'i32' ? table.ints(at, count) : table.floats(at, count);
          const got = {
            spikes: table.words(spikes, levels * size),
            negative: table.words(negative, levels * size),
            potential: read(potential, size),
            balance: negatives === 'correcting' ? read(balance, size) : table.ints(balance, size),
          };
          const recorded = read(record, steps * size);
          const bit = (word: number | undefined, t: number): number => ((word ?? 0) >>> t) & 1;
          for (let place = 0; place < size; place++) {
            const channel = place % padded;
            const of = (values: readonly number[]): number => values[perNeuron ? place : channel] ?? 0;
            const currents = Array.from({ length: steps }, (_, t) => {
              let current = (t === 0 ? base : later)[constant ? place : channel] ?? 0;
              if (addend) current += changing[t * size + place] ?? 0;
              for (let level = 0; level < shortcutLevels; level++) {
                const [at, worth] = [level * size + place, 2 ** level * (gain[channel] ?? 0)];
                if (shortcut !== 'none') current += worth * bit(words.positive[at], t);
                if (shortcut === 'signed') current -= worth * bit(words.negative[at], t);
              }
              return current;
            });
            expect(currents).toEqual(currents.map((_, t) => recorded[t * size + place]));
            const constants = {
              hard,
              above,
              negatives,
              most: mostSpikes,
              powers,
              threshold: of(threshold),
              lower: of(lower),
              shift: shifted ? of(shift) : 0,
              leak: leaky ? of(leak) : 1,
              start: of(start),
              balance: resumed ? (before[place] ?? 0) : 0,
            };
            const expected = referenceNeuron(
              currents,
              constants,
              format === 'i32' ? integerArithmetic : singlePrecision,
            );
            const word = (sign: number, level: number) =>
              expected.spikes.reduce((all, s, t) => all | (((Math.max(sign * s, 0) >> level) & 1) << t), 0) >>> 0;
            const everyLevel = Array.from({ length: levels }, (_, level) => level);
            const at = (words: Uint32Array): readonly unknown[] =>
              everyLevel.map((level) => words[level * size + place]);
            expect(at(got.spikes)).toEqual(everyLevel.map((level) => word(1, level)));
            if (negatives !== 'none') expect(at(got.negative)).toEqual(everyLevel.map((level) => word(-1, level)));
            expect(got.potential[place]).toBe(expected.potential + 0);
            if (negatives === 'compensating' || negatives === 'correcting')
              expect(got.balance[place]).toBe(expected.balance + 0);
          }
        }),
        { seed: 9, numRuns: 200 },
      );
    }, 20_000);
  }
});

describe('spikes that are counted', () => {
  /** One step of four neurons from V, without current. */
  const fire = (format: 'f32' | 'i32', most: number, theta: readonly number[], potentials: readonly number[]) => {
    table.clear();
    const numbers = (values: readonly number[]): number =>
      table.put(format === 'i32' ? Int32Array.from(values) : Float32Array.from(values));
    const pad = (values: readonly number[]): readonly number[] => Array.from({ length: 8 }, (_, i) => values[i] ?? 1);
    const levels = spikeLevels(most);
    const [spikes, potential] = [table.room(32 * levels), table.room(32)];
    const nothing = Object.fromEntries(neuronFields.map((field) => [field, 0])) as Record<
      (typeof neuronFields)[number],
      number
    >;
    const structure = layOut<(typeof neuronFields)[number], number>(neuronFields, {
      ...nothing,
      channels: 8,
      base: numbers(pad([0, 0, 0, 0, 0, 0, 0, 0])),
      later: numbers(pad([0, 0, 0, 0, 0, 0, 0, 0])),
      spikes,
      most,
      threshold: numbers(pad(theta)),
      start: numbers(pad(potentials)),
      potential,
    });
    table.kernels[`${format}_integrate`](table.put(Int32Array.from(structure)), 1, 1, table.room(currentsBytes(1)));
    const words = table.words(spikes, 8 * levels);
    const counts = theta.map((_, i) =>
      Array.from({ length: levels }, (__, level) => (words[8 * level + i] ?? 0) << level).reduce((a, b) => a + b, 0),
    );
    const after = format === 'i32' ? table.ints(potential, 8) : table.floats(potential, 8);
    return { counts, after: [...after.subarray(0, theta.length)] };
  };
  const floats = new Float32Array(1);
  const bits = new Int32Array(floats.buffer);
  /** The float32 number `places` after a positive one. */
  const neighbour = (x: number, places: number): number => {
    floats[0] = x;
    bits[0] = (bits[0] ?? 0) + places;
    return floats[0];
  };
  const most = fc.constantFrom(2, 3, 5, 7, 8, 63, 64, 127);

  it('are as many as thresholds, each rounded to float32, that V has reached, however close it is to one', () => {
    const neuron = fc.record({
      theta: fc.float({ min: Math.fround(1e-6), max: Math.fround(1e6), noNaN: true }),
      n: fc.integer({ min: 1, max: 130 }),
      places: fc.integer({ min: -3, max: 3 }),
      negative: fc.boolean(),
    });
    fc.assert(
      fc.property(most, fc.array(neuron, { minLength: 4, maxLength: 4 }), (maximum, neurons) => {
        const theta = neurons.map((each) => each.theta);
        const potentials = neurons.map(
          (each) => (each.negative ? -1 : 1) * neighbour(Math.fround(each.theta * each.n), each.places),
        );
        const expected = theta.map((x, i) => {
          const constants = {
            hard: false,
            negatives: 'none',
            most: maximum,
            threshold: x,
            lower: 0,
            shift: 0,
            leak: 1,
            balance: 0,
          } as const;
          return referenceNeuron([0], { ...constants, start: potentials[i] ?? 0 }, singlePrecision);
        });
        const { counts, after } = fire('f32', maximum, theta, potentials);
        expect(counts).toEqual(expected.map(({ spikes }) => spikes[0]));
        expect(after).toEqual(expected.map(({ potential }) => potential + 0));
      }),
      { seed: 31, numRuns: 2000 },
    );
  });

  it('are ⌊V/θ⌋ in integers of any size', () => {
    const neuron = fc.record({
      theta: fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 300 })),
      potential: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      n: fc.option(fc.integer({ min: 1, max: 130 })),
      off: fc.integer({ min: -1, max: 1 }),
    });
    fc.assert(
      fc.property(most, fc.array(neuron, { minLength: 4, maxLength: 4 }), (maximum, neurons) => {
        const theta = neurons.map((each) => each.theta);
        const potentials = neurons.map(({ theta, potential, n, off }) =>
          n === null ? potential : Math.min(theta * n + off, 2 ** 31 - 1),
        );
        const expected = theta.map((x, i) => Math.min(Math.max(Math.floor((potentials[i] ?? 0) / x), 0), maximum));
        const { counts, after } = fire('i32', maximum, theta, potentials);
        expect(counts).toEqual(expected);
        expect(after).toEqual(potentials.map((v, i) => v - (expected[i] ?? 0) * (theta[i] ?? 0)));
      }),
      { seed: 32, numRuns: 2000 },
    );
  });

  it('are none at NaN and at −∞, and the most at ∞, and what is not finite stays so', () => {
    const { counts, after } = fire('f32', 5, [1, 1, 1, Infinity], [Number.NaN, -Infinity, Infinity, 3]);
    expect(counts).toEqual([0, 0, 5, 0]);
    expect(after).toEqual([Number.NaN, -Infinity, Infinity, 3]);
  });
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
