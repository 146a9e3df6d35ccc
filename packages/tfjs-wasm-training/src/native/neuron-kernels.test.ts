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
}

const cases: fc.Arbitrary<Case> = fc.record({
  steps: fc.integer({ min: 1, max: 9 }),
  batch: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 19 }),
  constant: fc.boolean(),
  thetaEach: fc.boolean(),
  startEach: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

const numbers = (count: number, seed: number): Float32Array => randomValues(count, seed);

function drawn({ steps, batch, size, constant, thetaEach, startEach, seed }: Case) {
  const current = numbers((constant ? 1 : steps) * batch * size, seed);
  const theta = numbers(thetaEach ? size : 1, seed + 1).map((value) => 0.2 + Math.abs(value));
  const start = numbers(startEach ? size : 1, seed + 2);
  const [dy, derivative] = [numbers(steps * batch * size, seed + 3), numbers(steps * batch * size, seed + 4)];
  return { current, theta, start, dy, derivative };
}

/** One neuron after the other, in the arithmetic of float32. */
function forwardReference(given: Case) {
  const { steps, batch, size, constant } = given;
  const { current, theta, start } = drawn(given);
  const value = new Float32Array(steps * batch * size);
  const excess = new Float32Array(steps * batch * size);
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < size; j++) {
      const threshold = theta[j % theta.length] ?? 0;
      let potential = start[j % start.length] ?? 0;
      for (let t = 0; t < steps; t++) {
        const at = (t * batch + n) * size + j;
        const charged = Math.fround(potential + (current[constant ? n * size + j : at] ?? 0));
        const x = Math.fround(charged - threshold);
        excess[at] = x;
        value[at] = x >= 0 ? threshold : 0;
        potential = Math.fround(charged - (value[at] ?? 0));
      }
    }
  }
  return { value, excess };
}

/** Backwards by the definition, in float64: ∂V(t)/∂V(t−1) and so on, written out. */
function gradientReference(given: Case) {
  const { steps, batch, size, constant } = given;
  const { theta, dy, derivative } = drawn(given);
  const { excess } = forwardReference(given);
  const dcurrent = new Float64Array((constant ? 1 : steps) * batch * size);
  const [dstart, dtheta, dslope] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < size; j++) {
      const threshold = theta[j % theta.length] ?? 0;
      let after = 0; // ∂loss/∂V after the reset of step t
      for (let t = steps - 1; t >= 0; t--) {
        const at = (t * batch + n) * size + j;
        const spike = (excess[at] ?? 0) >= 0 ? 1 : 0;
        const bySpike = threshold * (dy[at] ?? 0) - threshold * after;
        const byExcess = bySpike * (derivative[at] ?? 0);
        const byCharge = after + byExcess;
        dtheta[j] = (dtheta[j] ?? 0) + (dy[at] ?? 0) * spike - after * spike - byExcess;
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
  const { steps, batch, size, constant } = given;
  const { current, theta, start, dy, derivative } = drawn(given);
  const rows = (constant ? 1 : steps) * batch;
  const attributes = { steps, currentSteps: constant ? 1 : steps };
  const parameter = (values: Float32Array) => (values.length === 1 ? scalar(values[0] ?? 0) : tensor(values));
  const inputs = {
    current: tensor(current, [rows, size]),
    threshold: parameter(theta),
    initialPotential: parameter(start),
    dy: tensor(dy, [steps * batch, size]),
    derivative: tensor(derivative, [steps * batch, size]),
  };
  const { threshold, initialPotential } = inputs;
  const forward =
    runRegistered('RheobaseIntegrateAndFire', { current: inputs.current, threshold, initialPotential }, attributes) ??
    [];
  const [, excess] = forward;
  const backward =
    excess === undefined
      ? []
      : (runRegistered(
          'RheobaseIntegrateAndFireGrad',
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

describe('integrate-and-fire over time', () => {
  it('equals the scalar reference to the bit, for any number of neurons, steps and parameters', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const [value, excess] = run(given);
        const expected = forwardReference(given);
        expect(value).toEqual(Array.from(expected.value));
        expect(excess).toEqual(Array.from(expected.excess));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('has the gradients of the recursion through all steps, the reset included', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const [, , ...gradients] = run(given);
        gradientReference(given).forEach((expected, which) => {
          const scale = Math.max(1, ...expected.map(Math.abs));
          expected.forEach((value, i) => expect(gradients[which]?.[i]).toBeCloseTo(value, 4 - Math.log10(scale)));
        });
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it('does not take what is not a number for silence', () => {
    const [current, threshold, initialPotential] = [tensor([Number.NaN, 1], [1, 2]), scalar(1), scalar(0)];
    const outputs = runRegistered(
      'RheobaseIntegrateAndFire',
      { current, threshold, initialPotential },
      { steps: 1, currentSteps: 1 },
    );
    expect(Array.from(outputs?.[0]?.dataSync() ?? [])).toEqual([Number.NaN, 1]);
    for (const own of [current, threshold, initialPotential, ...(outputs ?? [])]) own.dispose();
  });

  it('keeps the heap as it is', () => {
    expectNoGrowth(() =>
      tensorsOf({ steps: 4, batch: 2, size: 50, constant: false, thetaEach: true, startEach: false, seed: 3 }),
    );
  });
});
