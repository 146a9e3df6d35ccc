import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, dyadicExample, exampleValue } from '@rheobase/network/conformance';
import type { Neuron, NeuronTrace } from '../neuron.js';
import type { GoldenTrace } from './golden-trace.js';
import type { Population, TensorTrace } from './population.js';
import {
  drawCurrents,
  drawer,
  drawPopulation,
  runOnTensors,
  sizeOf,
  traceOf,
  uniformPopulation,
} from './population.js';

const steps = 12;
const batch = [4, 2, 3, 3] as const;
const parameterShapes = { scalar: [], 'per channel': [3], 'per neuron': [2, 3, 3] } as const;

function sameSpikes(a: NeuronTrace, b: NeuronTrace): boolean {
  return `${a.spikes}` === `${b.spikes}`;
}

/** Largest difference of two potentials, relative to the largest potential. */
function potentialDifference(a: NeuronTrace, b: NeuronTrace): number {
  const size = Math.max(1, ...b.potentials.map(Math.abs));
  return Math.max(...a.potentials.map((value, step) => Math.abs(value - (b.potentials[step] ?? Number.NaN)))) / size;
}

function referenceOf(population: Population, currents: readonly (readonly number[])[], index: number): NeuronTrace {
  return population.neuron.reference(
    currents.map((step) => step[index] ?? Number.NaN),
    population.valuesAt(index),
  );
}

function describeTraces(population: Population, index: number, actual: NeuronTrace, expected: NeuronTrace): string {
  return (
    `Neuron ${index}, with ${JSON.stringify(population.valuesAt(index))}: spikes ${actual.spikes} on tensors, ` +
    `${expected.spikes} by the reference; potentials ${actual.potentials} and ${expected.potentials}.`
  );
}

function exactCase(neuron: Neuron, parameterShape: readonly number[], seed: number) {
  const draw = drawer(seed);
  const population = drawPopulation(neuron, batch, parameterShape, draw, dyadicExample);
  const currents = drawCurrents(population, steps, draw, 1 / 8);
  return { population, currents, trace: runOnTensors(population, currents) };
}

function eachNeuron(
  {
    population,
    currents,
    trace,
  }: { population: Population; currents: readonly (readonly number[])[]; trace: TensorTrace },
  visit: (index: number, actual: NeuronTrace, expected: NeuronTrace) => void,
): void {
  for (let index = 0; index < sizeOf(population.shape); index += 1) {
    visit(index, traceOf(trace, index), referenceOf(population, currents, index));
  }
}

/** Checks that the tensor step and the scalar reference agree. */
export function traceChecks(neuron: Neuron): readonly ConformanceCheck[] {
  const above = neuron.dynamics?.fires === 'above';
  return [
    ...Object.entries(parameterShapes).map(([name, shape]) => ({
      name: `is its scalar reference over ${steps} steps with ${name} parameters, where float32 is exact`,
      run: () => {
        const exact = exactCase(neuron, shape, 50 + shape.length);
        eachNeuron(exact, (index, actual, expected) => {
          const message = () => describeTraces(exact.population, index, actual, expected);
          assertThat(sameSpikes(actual, expected), message);
          assertThat(potentialDifference(actual, expected) <= 1e-6, message);
        });
      },
    })),
    {
      name: 'is its scalar reference at random currents, but for roundings at the threshold',
      run: () => {
        const draw = drawer(54);
        const population = drawPopulation(neuron, [256, 3], [3], draw, exampleValue);
        const currents = drawCurrents(population, steps, draw);
        let different = 0;
        eachNeuron({ population, currents, trace: runOnTensors(population, currents) }, (index, actual, expected) => {
          if (!sameSpikes(actual, expected)) different += 1;
          else {
            assertThat(potentialDifference(actual, expected) <= 2e-5, () => {
              return describeTraces(population, index, actual, expected);
            });
          }
        });
        assertThat(different <= 0.01 * sizeOf(population.shape), () => {
          return `${different} of ${sizeOf(population.shape)} neurons fire otherwise than the reference.`;
        });
      },
    },
    {
      name: above
        ? 'fires above θ only: at V = θ every neuron is silent, and above it none'
        : 'fires at V = θ exactly: none is silent with its potential at or above the threshold',
      run: () => {
        const exact = exactCase(neuron, [], 55);
        let [fired, ties] = [0, 0];
        eachNeuron(exact, (index, actual, expected) => {
          for (const trace of [actual, expected]) {
            const { threshold: fixed = 1 } = exact.population.valuesAt(index);
            trace.spikes.forEach((spikes, step) => {
              const threshold = expected.thresholds?.[step] ?? fixed;
              fired += Math.abs(spikes);
              const potential = trace.potentials[step] ?? Number.NaN;
              if (spikes === 0 && potential === threshold) ties += 1;
              assertThat(spikes !== 0 || potential < threshold || (above && potential === threshold), () => {
                return `A neuron is silent at V = ${potential}, θ = ${threshold}, in step ${step + 1}.`;
              });
            });
          }
        });
        assertThat(fired > 0, () => 'No neuron has fired at all.');
        assertThat(!above || ties > 0, () => 'No silent neuron was at its threshold.');
      },
    },
    {
      name: 'gives integer spike counts in float32, of the shape of the current',
      run: () => {
        const { trace } = exactCase(neuron, [], 56);
        for (const step of trace.spikes) {
          assertThat(step.length === sizeOf(batch), () => `${step.length} spikes for ${sizeOf(batch)} neurons.`);
          assertThat(step.every(Number.isInteger), () => `A spike count is not an integer: ${step}.`);
        }
      },
    },
    ...balanceChecks(neuron),
  ];
}

function balanceChecks(neuron: Neuron): readonly ConformanceCheck[] {
  const { balance } = neuron;
  if (balance === undefined) return [];
  return [
    {
      name: 'loses no charge: mean removed = mean input + added + (V(0) − V(T))/T',
      run: () => {
        const draw = drawer(57);
        const population = drawPopulation(neuron, [64, 3], [3], draw);
        const currents = drawCurrents(population, steps, draw);
        const trace = runOnTensors(population, currents);
        for (let index = 0; index < sizeOf(population.shape); index += 1) {
          const values = population.valuesAt(index);
          const { spikes, potentials } = traceOf(trace, index);
          const initial = trace.initial[index % trace.initial.length] ?? Number.NaN;
          const removed = spikes.reduce((sum, count) => sum + balance.removed(count, values), 0) / steps;
          const input = currents.reduce((sum, step) => sum + (step[index] ?? Number.NaN), 0) / steps;
          const expected =
            input + (balance.added?.(values) ?? 0) + (initial - (potentials.at(-1) ?? Number.NaN)) / steps;
          assertThat(
            Math.abs(removed - expected) <= 1e-5 * Math.max(1, Math.abs(removed), values['threshold'] ?? 1),
            () => {
              return `Neuron ${index}: spikes have removed ${removed} a step, but ${expected} is gone, with ${JSON.stringify(values)}.`;
            },
          );
        }
      },
    },
  ];
}

/** Checks that the model reproduces the golden traces bit for bit, by its reference and on tensors. */
export function goldenChecks(neuron: Neuron, traces: readonly GoldenTrace[]): readonly ConformanceCheck[] {
  return traces.map(({ name, values, currents, spikes, potentials }) => ({
    name: `keeps the golden trace: ${name}`,
    run: () => {
      const onTensors = runOnTensors(
        uniformPopulation(neuron, [1, 1], values),
        currents.map((current) => [current]),
      );
      const expected = JSON.stringify({ spikes, potentials });
      const forms = { reference: neuron.reference(currents, values), tensors: traceOf(onTensors, 0) };
      for (const [form, trace] of Object.entries(forms)) {
        const actual = JSON.stringify({ spikes: trace.spikes, potentials: trace.potentials });
        assertThat(actual === expected, () => `By its ${form} it gives ${actual}, on record is ${expected}.`);
      }
    },
  }));
}
