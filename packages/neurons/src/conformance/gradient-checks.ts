import { customGradient } from '@rheobase/activations';
import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, dispose, grads, memory, mul, scalar, sigmoid, sub, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Fire, Neuron, NeuronState } from '../neuron.js';
import { tanhSurrogate } from '../tanh-surrogate.js';
import type { Population, Tensors } from './population.js';
import { drawCurrents, drawer, drawPopulation, numbersOf, parameterTensors } from './population.js';
import { registerNeuronGradients } from '../register-gradients.js';

const steps = 5;
const shape = [2, 3] as const;

/** A fire function that is smooth in the forward pass too, which makes a neuron an ordinary differentiable function. */
const smooth: Fire = (x) =>
  customGradient(
    [x],
    () => {
      const value = sigmoid(mul(x, 2));
      return { value, saved: [value] };
    },
    (dy, [value]) => [mul(dy, mul(2, mul(value, sub(1, value))))],
  );

/** Σ over steps and neurons of w·s(t) + w′·V(T): all outputs of a neuron, in one number. */
function score(
  population: Population,
  inputs: readonly Tensor[],
  parameters: Tensors,
  weights: readonly Tensor[],
  fire: Fire,
) {
  const { neuron, attributes } = population;
  let state: NeuronState = neuron.initialState(parameters, attributes);
  let total: Tensor = scalar(0);
  inputs.forEach((current, index) => {
    const step = neuron.step(state, current, parameters, attributes, fire);
    const weight = weights[index];
    if (weight !== undefined) total = add(total, weighted(step.spikes, weight));
    state = step.state;
  });
  const [weight] = weights;
  const { potential } = state;
  return weight === undefined || potential === undefined ? total : add(total, weighted(potential, weight));
}

/** Σ w·x, with a gradient that needs no registered one. */
function weighted(x: Tensor, weight: Tensor): Tensor {
  return customGradient(
    [x],
    () => ({ value: sum(mul(x, weight)), saved: [weight] }),
    (dy, [w]) => [mul(dy, w)],
  );
}

interface Case {
  readonly population: Population;
  readonly currents: readonly Tensor[];
  readonly parameters: Tensors;
  readonly weights: readonly Tensor[];
}

function drawCase(neuron: Neuron, seed: number): Case {
  const draw = drawer(seed);
  const population = drawPopulation(neuron, shape, [3], draw);
  const weights = Array.from({ length: steps }, () =>
    tensor(
      Array.from({ length: 6 }, () => draw() * 2 - 1),
      [...shape],
    ),
  );
  return {
    population,
    currents: drawCurrents(population, steps, draw).map((values) => tensor(values, [...shape])),
    parameters: parameterTensors(population),
    weights,
  };
}

/** tfjs' gradients with respect to the current of every step, then to every parameter, by name. */
function gradientsOf(
  { population, currents, parameters, weights }: Case,
  fire: Fire,
): Readonly<Record<string, readonly number[]>> {
  const names = Object.keys(parameters);
  const differentiate = grads((...inputs: Tensor[]) => {
    const parts = Object.fromEntries(names.map((name, index) => [name, inputs[steps + index] ?? scalar(Number.NaN)]));
    return score(population, inputs.slice(0, steps), parts, weights, fire);
  });
  const found = differentiate([...currents, ...Object.values(parameters)]);
  const labels = [...currents.map((_, step) => `the current of step ${step + 1}`), ...names.map((name) => `'${name}'`)];
  const numbers = Object.fromEntries(found.map((gradient, index) => [labels[index] ?? '', numbersOf(gradient)]));
  dispose(found);
  return numbers;
}

function disposeCase({ currents, parameters, weights }: Case): void {
  dispose([...currents, ...weights, ...Object.values(parameters)]);
}

/** The score's derivative with respect to one element of one input, by central differences. */
function difference(drawn: Case, input: number, element: number): number {
  const step = 1 / 64;
  const all = [...drawn.currents, ...Object.values(drawn.parameters)];
  const names = Object.keys(drawn.parameters);
  const at = (by: number): number => {
    let value = Number.NaN;
    tidy(() => {
      const moved = all.map((given, index) => {
        if (index !== input) return given;
        return tensor(
          numbersOf(given).map((number, place) => number + (place === element ? by : 0)),
          given.shape,
        );
      });
      const parts = Object.fromEntries(names.map((name, index) => [name, moved[steps + index] ?? scalar(Number.NaN)]));
      [value = Number.NaN] = numbersOf(score(drawn.population, moved.slice(0, steps), parts, drawn.weights, smooth));
    });
    return value;
  };
  return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
}

/** Checks that gradients flow through time, through the reset and to every parameter. */
export function gradientChecks(neuron: Neuron): readonly ConformanceCheck[] {
  return [
    {
      name: 'is differentiable through time: with a smooth fire its gradients are finite differences',
      run: () => {
        registerNeuronGradients();
        const drawn = drawCase(neuron, 71);
        // Neurons with many thresholds curve within the distance of the differences.
        const tolerance = neuron.dynamics?.negative?.rule === 'correcting' ? 5e-3 : 2e-3;
        Object.entries(gradientsOf(drawn, smooth)).forEach(([name, found], input) => {
          found.forEach((value, element) => {
            const expected = difference(drawn, input, element);
            assertThat(Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected)), () => {
              return `The gradient by element ${element} of ${name} is ${value}, but differences say ${expected}.`;
            });
          });
        });
        disposeCase(drawn);
      },
    },
    {
      name: 'has finite gradients through time with a surrogate, that reach every step and every parameter',
      run: () => {
        registerNeuronGradients();
        const before = memory().numTensors;
        const drawn = drawCase(neuron, 72);
        for (const [name, found] of Object.entries(
          gradientsOf(drawn, tanhSurrogate.fire(tanhSurrogate.initialSlope)),
        )) {
          assertThat(found.every(Number.isFinite), () => `A gradient by ${name} is not finite: ${found}.`);
          assertThat(
            found.some((value) => value !== 0),
            () => `No gradient reaches ${name}.`,
          );
        }
        disposeCase(drawn);
        assertThat(memory().numTensors === before, () => `${memory().numTensors - before} tensors were left behind.`);
      },
    },
  ];
}
