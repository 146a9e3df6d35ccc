import type { Tensor } from '@tensorflow/tfjs-core';
import { scalar, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoGrowth, randomValues, startKernels } from '../two-backends.fixture.js';
import { runRegistered } from './registered-kernel.js';

beforeAll(startKernels);

/** How many values a parameter has: one, one for each of three channels, or one a neuron. */
type Spread = 'one' | 'channels' | 'each';

interface Case {
  readonly steps: number;
  readonly batch: number;
  readonly pixels: number;
  readonly channels: number;
  readonly constant: boolean;
  readonly theta: Spread;
  readonly start: Spread;
  readonly seed: number;
  readonly compensating: boolean;
}

const tolerance = 0.05;
const spread = fc.constantFrom<Spread>('one', 'channels', 'each');

const cases: fc.Arbitrary<Case> = fc.record({
  steps: fc.integer({ min: 1, max: 9 }),
  batch: fc.integer({ min: 1, max: 4 }),
  pixels: fc.integer({ min: 1, max: 7 }),
  channels: fc.integer({ min: 1, max: 9 }),
  constant: fc.boolean(),
  theta: spread,
  start: spread,
  seed: fc.integer({ min: 1, max: 1e6 }),
  compensating: fc.boolean(),
});

const decisionsOf = ({ compensating }: Case): number => (compensating ? 3 : 1);
const sizeOf = ({ pixels, channels }: Case): number => pixels * channels;
const valuesOf = (of: Spread, given: Case): number =>
  of === 'one' ? 1 : of === 'channels' ? given.channels : sizeOf(given);

const numbers = (count: number, seed: number): Float32Array => randomValues(count, seed);

function drawn(given: Case) {
  const { steps, batch, constant, seed } = given;
  const size = sizeOf(given);
  const current = numbers((constant ? 1 : steps) * batch * size, seed);
  const theta = numbers(valuesOf(given.theta, given), seed + 1).map((value) => 0.2 + Math.abs(value));
  const start = numbers(valuesOf(given.start, given), seed + 2);
  const all = steps * batch * size;
  const [dy, derivative] = [numbers(all, seed + 3), numbers(decisionsOf(given) * all, seed + 4)];
  return { current, theta, start, dy, derivative };
}

/** One neuron after the other, in the arithmetic of float32. */
function forwardReference(given: Case) {
  const { steps, batch, constant, compensating } = given;
  const size = sizeOf(given);
  const { current, theta, start } = drawn(given);
  const all = steps * batch * size;
  const value = new Float32Array(all);
  const excess = new Float32Array(decisionsOf(given) * all);
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < size; j++) {
      const threshold = theta[j % theta.length] ?? 0;
      let potential = start[j % start.length] ?? 0;
      let balance = 0;
      for (let t = 0; t < steps; t++) {
        const at = (t * batch + n) * size + j;
        const charged = Math.fround(potential + (current[constant ? n * size + j : at] ?? 0));
        const x = Math.fround(charged - threshold);
        const fired = x >= 0 ? 1 : 0;
        excess[at] = x;
        potential = Math.fround(charged - threshold * fired);
        balance += fired;
        let taken = 0;
        if (compensating) {
          const slack = Math.fround(threshold * Math.fround(tolerance));
          const y = Math.fround(potential + slack);
          taken = y < 0 && balance > 0 ? 1 : 0;
          excess[all + at] = y;
          excess[2 * all + at] = balance - 0.5;
          potential = Math.fround(potential + threshold * taken);
          balance -= taken;
        }
        value[at] = threshold * (fired - taken);
      }
    }
  }
  return { value, excess };
}

/** Backwards by the definition, in float64: ∂V(t)/∂V(t−1) and so on, written out. */
function gradientReference(given: Case) {
  const { steps, batch, constant, compensating } = given;
  const size = sizeOf(given);
  const { theta, start, dy, derivative } = drawn(given);
  const { excess } = forwardReference(given);
  const all = steps * batch * size;
  const dcurrent = new Float64Array((constant ? 1 : steps) * batch * size);
  const [dstart, dtheta, dslope] = [start.length, theta.length, 1].map((count) => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < size; j++) {
      const threshold = theta[j % theta.length] ?? 0;
      let after = 0; // ∂loss/∂V after step t
      let byBalance = 0; // ∂loss/∂N
      for (let t = steps - 1; t >= 0; t--) {
        const at = (t * batch + n) * size + j;
        const given1 = dy[at] ?? 0;
        // V = rest + θ·s⁻, N = N′ − s⁻ and s⁻ = [rest + ε·θ < 0]·[N′ − ½ ≥ 0].
        let byRest = after;
        if (compensating) {
          const [y, z] = [excess[all + at] ?? 0, excess[2 * all + at] ?? 0];
          const byTaken = threshold * after - threshold * given1 - byBalance;
          const byBelow = z >= 0 ? -byTaken * (derivative[all + at] ?? 0) : 0;
          const byAny = y < 0 ? byTaken * (derivative[2 * all + at] ?? 0) : 0;
          byRest += byBelow;
          byBalance += byAny;
          dtheta[j % theta.length] =
            (dtheta[j % theta.length] ?? 0) + (y < 0 && z >= 0 ? after - given1 : 0) + tolerance * byBelow;
          dslope[0] = (dslope[0] ?? 0) + byBelow * y + byAny * z;
        }
        const spike = (excess[at] ?? 0) >= 0 ? 1 : 0;
        const bySpike = threshold * given1 - threshold * byRest + byBalance;
        const byExcess = bySpike * (derivative[at] ?? 0);
        const byCharge = byRest + byExcess;
        dtheta[j % theta.length] = (dtheta[j % theta.length] ?? 0) + (given1 - byRest) * spike - byExcess;
        dslope[0] = (dslope[0] ?? 0) + byExcess * (excess[at] ?? 0);
        const to = constant ? n * size + j : at;
        dcurrent[to] = (dcurrent[to] ?? 0) + byCharge;
        after = byCharge;
      }
      dstart[j % start.length] = (dstart[j % start.length] ?? 0) + after;
    }
  }
  return [dcurrent, dtheta, dstart, dslope];
}

/** The kernels' attributes for integrate-and-fire, plain or compensating. */
const plain = { hard: 0, above: 0, negative: 0, most: 1, share: 0, below: 0, tolerance: 0, one: 0 };
const attributesOf = ({ steps, constant, compensating }: Case) => ({
  ...plain,
  ...(compensating && { negative: 2, tolerance }),
  steps,
  currentSteps: constant ? 1 : steps,
});

function tensorsOf(given: Case): readonly Tensor[] {
  const { steps, batch, pixels, channels, constant } = given;
  const { current, theta, start, dy, derivative } = drawn(given);
  const attributes = attributesOf(given);
  const parameter = (values: Float32Array) => (values.length === 1 ? scalar(values[0] ?? 0) : tensor(values));
  const inputs = {
    current: tensor(current, [(constant ? 1 : steps) * batch, pixels, channels]),
    threshold: parameter(theta),
    initialPotential: parameter(start),
  };
  const given1 = {
    dy: tensor(dy, [steps * batch, pixels, channels]),
    derivative: tensor(derivative, [decisionsOf(given) * steps * batch, pixels, channels]),
    slope: scalar(1),
  };
  const outputs = [
    ...(runRegistered('RheobaseNeurons', inputs, attributes) ?? []),
    ...(runRegistered('RheobaseNeuronsExcess', inputs, attributes) ?? []),
    ...(runRegistered('RheobaseNeuronsGrad', { ...inputs, ...given1 }, attributes) ?? []),
  ];
  for (const own of [...Object.values(inputs), ...Object.values(given1)]) own.dispose();
  return outputs;
}

function run(given: Case): readonly (readonly number[])[] {
  return tensorsOf(given).map((own) => {
    const values = Array.from(own.dataSync<'float32'>());
    own.dispose();
    return values;
  });
}

describe('neurons over time', () => {
  it('equal the scalar reference to the bit, for any number of neurons, steps and parameters', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const [value, excess] = run(given);
        const expected = forwardReference(given);
        expect(value).toEqual(Array.from(expected.value));
        expect(excess).toEqual(Array.from(expected.excess));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('have the gradients of the recursion through all steps, the reset included', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const [, , ...gradients] = run(given);
        gradientReference(given).forEach((expected, which) => {
          const scale = Math.max(1, ...expected.map(Math.abs));
          expected.forEach((value, i) => expect(gradients[which]?.[i]).toBeCloseTo(value, 4 - Math.log10(scale)));
        });
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('have the derivatives of all surrogates, to 1e-6', () => {
    const logistic = (u: number): number => Math.exp(-Math.abs(u)) / (1 + Math.exp(-Math.abs(u))) ** 2;
    const derivatives: Readonly<Record<string, (u: number) => number>> = {
      tanh: (u) => 2 * logistic(2 * u),
      sigmoid: logistic,
      triangle: (u) => Math.max(0, 1 - Math.abs(u)),
      rectangle: (u) => (Math.abs(u) < 0.5 ? 1 : 0),
      arctan: (u) => 0.5 / (1 + ((Math.PI / 2) * u) ** 2),
      'fast-sigmoid': (u) => 0.5 / (1 + Math.abs(u)) ** 2,
    };
    const slope = 1.5;
    const potentials = Float32Array.from({ length: 4001 }, (_, i) => Math.fround((i - 2000) / 101));
    for (const [surrogate, of] of Object.entries(derivatives)) {
      const size = potentials.length;
      const inputs = {
        current: tensor(potentials, [1, size]),
        threshold: scalar(1),
        initialPotential: scalar(1),
        slope: scalar(slope),
        dy: tensor(new Float32Array(size).fill(1), [1, size]),
      };
      const outputs = runRegistered('RheobaseNeuronsGrad', inputs, { ...plain, steps: 1, currentSteps: 1, surrogate });
      const actual = outputs?.[0]?.dataSync() ?? [];
      potentials.forEach((x, i) => {
        // V = x + 1 − 1, rounded as the kernel does.
        const u = Math.fround(Math.fround(x + 1) - 1) * slope;
        const expected = slope * of(u);
        expect(Math.abs((actual[i] ?? Number.NaN) - expected), `${surrogate} at ${u}`).toBeLessThanOrEqual(
          // The rounding of u itself grows with it.
          1e-6 * expected * Math.max(1, Math.abs(u)) + (surrogate === 'triangle' ? 2e-7 : 0),
        );
      });
      for (const own of [...Object.values(inputs), ...(outputs ?? [])]) own.dispose();
    }
  });

  it('refuse a surrogate that they do not know, and a parameter of another size', () => {
    const current = tensor([1, 2, 3, 4, 5, 6], [1, 3, 2]);
    const one = scalar(1);
    const attributes = { ...plain, steps: 1, currentSteps: 1 };
    const inputs = { current, threshold: one, initialPotential: one };
    expect(() =>
      runRegistered(
        'RheobaseNeuronsGrad',
        { ...inputs, dy: current, slope: one },
        { ...attributes, surrogate: 'cosine' },
      ),
    ).toThrow("no surrogate 'cosine', but tanh, sigmoid");
    const three = tensor([1, 1, 1]);
    expect(() => runRegistered('RheobaseNeurons', { ...inputs, threshold: three }, attributes)).toThrow(
      "'threshold' has 3 values; it takes one, one a channel (2), or one a neuron (6)",
    );
    for (const own of [current, one, three]) own.dispose();
  });

  it('do not take what is not a number for silence', () => {
    const [current, threshold, initialPotential] = [tensor([Number.NaN, 1], [1, 2]), scalar(1), scalar(0)];
    const outputs = runRegistered(
      'RheobaseNeurons',
      { current, threshold, initialPotential },
      { ...plain, steps: 1, currentSteps: 1 },
    );
    expect(Array.from(outputs?.[0]?.dataSync() ?? [])).toEqual([Number.NaN, 1]);
    for (const own of [current, threshold, initialPotential, ...(outputs ?? [])]) own.dispose();
  });

  it('keep the heap as it is', () => {
    expectNoGrowth(() =>
      [false, true].flatMap((compensating) =>
        tensorsOf({
          steps: 4,
          batch: 2,
          pixels: 5,
          channels: 10,
          constant: false,
          theta: 'channels',
          start: 'one',
          seed: 3,
          compensating,
        }),
      ),
    );
  });
});
