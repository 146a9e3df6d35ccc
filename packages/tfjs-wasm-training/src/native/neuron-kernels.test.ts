import type { Tensor } from '@tensorflow/tfjs-core';
import { scalar, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoGrowth, randomValues, startKernels } from '../two-backends.fixture.js';
import { runRegistered } from './registered-kernel.js';

beforeAll(startKernels);

interface Case {
  readonly steps: number;
  readonly batch: number;
  readonly size: number;
  readonly constant: boolean;
  readonly thetaEach: boolean;
  readonly startEach: boolean;
  readonly seed: number;
  readonly kernel: 'RheobaseIntegrateAndFire' | 'RheobaseCompensatingIntegrateAndFire';
}

const tolerance = 0.05;

const cases: fc.Arbitrary<Case> = fc.record({
  steps: fc.integer({ min: 1, max: 9 }),
  batch: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 19 }),
  constant: fc.boolean(),
  thetaEach: fc.boolean(),
  startEach: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e6 }),
  kernel: fc.constantFrom('RheobaseIntegrateAndFire', 'RheobaseCompensatingIntegrateAndFire'),
});

const decisionsOf = ({ kernel }: Case): number => (kernel === 'RheobaseIntegrateAndFire' ? 1 : 3);

const numbers = (count: number, seed: number): Float32Array => randomValues(count, seed);

function drawn(given: Case) {
  const { steps, batch, size, constant, thetaEach, startEach, seed } = given;
  const current = numbers((constant ? 1 : steps) * batch * size, seed);
  const theta = numbers(thetaEach ? size : 1, seed + 1).map((value) => 0.2 + Math.abs(value));
  const start = numbers(startEach ? size : 1, seed + 2);
  const all = steps * batch * size;
  const [dy, derivative] = [numbers(all, seed + 3), numbers(decisionsOf(given) * all, seed + 4)];
  return { current, theta, start, dy, derivative };
}

/** One neuron after the other, in the arithmetic of float32. */
function forwardReference(given: Case) {
  const { steps, batch, size, constant, kernel } = given;
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
        if (kernel === 'RheobaseCompensatingIntegrateAndFire') {
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
  const { steps, batch, size, constant, kernel } = given;
  const { theta, dy, derivative } = drawn(given);
  const { excess } = forwardReference(given);
  const all = steps * batch * size;
  const dcurrent = new Float64Array((constant ? 1 : steps) * batch * size);
  const [dstart, dtheta, dslope] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
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
        if (kernel === 'RheobaseCompensatingIntegrateAndFire') {
          const [y, z] = [excess[all + at] ?? 0, excess[2 * all + at] ?? 0];
          const byTaken = threshold * after - threshold * given1 - byBalance;
          const byBelow = z >= 0 ? -byTaken * (derivative[all + at] ?? 0) : 0;
          const byAny = y < 0 ? byTaken * (derivative[2 * all + at] ?? 0) : 0;
          byRest += byBelow;
          byBalance += byAny;
          dtheta[j] = (dtheta[j] ?? 0) + (y < 0 && z >= 0 ? after - given1 : 0) + tolerance * byBelow;
          dslope[j] = (dslope[j] ?? 0) + byBelow * y + byAny * z;
        }
        const spike = (excess[at] ?? 0) >= 0 ? 1 : 0;
        const bySpike = threshold * given1 - threshold * byRest + byBalance;
        const byExcess = bySpike * (derivative[at] ?? 0);
        const byCharge = byRest + byExcess;
        dtheta[j] = (dtheta[j] ?? 0) + (given1 - byRest) * spike - byExcess;
        dslope[j] = (dslope[j] ?? 0) + byExcess * (excess[at] ?? 0);
        const to = constant ? n * size + j : at;
        dcurrent[to] = (dcurrent[to] ?? 0) + byCharge;
        after = byCharge;
      }
      dstart[j] = (dstart[j] ?? 0) + after;
    }
  }
  return [dcurrent, dstart, dtheta, dslope];
}

function tensorsOf(given: Case): readonly Tensor[] {
  const { steps, batch, size, constant, kernel } = given;
  const { current, theta, start, dy, derivative } = drawn(given);
  const rows = (constant ? 1 : steps) * batch;
  const attributes = { steps, currentSteps: constant ? 1 : steps, tolerance };

  const parameter = (values: Float32Array) => (values.length === 1 ? scalar(values[0] ?? 0) : tensor(values));
  const inputs = {
    current: tensor(current, [rows, size]),
    threshold: parameter(theta),
    initialPotential: parameter(start),
    dy: tensor(dy, [steps * batch, size]),
    derivative: tensor(derivative, [decisionsOf(given) * steps * batch, size]),
  };
  const { threshold, initialPotential } = inputs;
  const forward = runRegistered(kernel, { current: inputs.current, threshold, initialPotential }, attributes) ?? [];
  const [, excess] = forward;
  const backward =
    excess === undefined
      ? []
      : (runRegistered(
          `${kernel}Grad`,
          { dy: inputs.dy, excess, derivative: inputs.derivative, threshold },
          attributes,
        ) ?? []);
  for (const own of Object.values(inputs)) own.dispose();
  return [...forward, ...backward];
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

  it('do not take what is not a number for silence', () => {
    const [current, threshold, initialPotential] = [tensor([Number.NaN, 1], [1, 2]), scalar(1), scalar(0)];
    const outputs = runRegistered(
      'RheobaseIntegrateAndFire',
      { current, threshold, initialPotential },
      { steps: 1, currentSteps: 1 },
    );
    expect(Array.from(outputs?.[0]?.dataSync() ?? [])).toEqual([Number.NaN, 1]);
    for (const own of [current, threshold, initialPotential, ...(outputs ?? [])]) own.dispose();
  });

  it('keep the heap as it is', () => {
    expectNoGrowth(() =>
      (['RheobaseIntegrateAndFire', 'RheobaseCompensatingIntegrateAndFire'] as const).flatMap((kernel) =>
        tensorsOf({
          steps: 4,
          batch: 2,
          size: 50,
          constant: false,
          thetaEach: true,
          startEach: false,
          seed: 3,
          kernel,
        }),
      ),
    );
  });
});
