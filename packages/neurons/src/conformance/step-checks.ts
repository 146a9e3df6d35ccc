import { ownValue } from '@rheobase/network';
import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, dyadicExample } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, keep, memory, mul, tensor, tidy } from '@tensorflow/tfjs-core';
import { heaviside } from '../heaviside.js';
import type { Neuron, NeuronState, NeuronStep } from '../neuron.js';
import { drawCurrents, drawer, drawPopulation, numbersOf, parameterTensors, runOnTensors } from './population.js';

function keepAll(state: NeuronState): NeuronState {
  for (const value of Object.values(state)) keep(value);
  return state;
}

/** Checks that a step is pure and leaves the decision to `fire`. */
export function stepChecks(neuron: Neuron): readonly ConformanceCheck[] {
  return [
    {
      name: 'has a threshold, and a state with a potential',
      run: () => {
        const role = neuron.parameters['threshold']?.role;
        assertThat(role === 'threshold', () => `Its parameter 'threshold' has the role ${role}.`);
        const population = drawPopulation(neuron, [2, 3], [3], drawer(61));
        assertThat(runOnTensors(population, []).initial.length > 0, () => "Its state has no 'potential'.");
      },
    },
    {
      name: 'is pure: it changes and disposes nothing it is given, gives the same again, and leaves no tensor behind',
      run: () => {
        const before = memory().numTensors;
        const draw = drawer(62);
        const population = drawPopulation(neuron, [4, 3], [3], draw);
        const { attributes } = population;
        const parameters = parameterTensors(population);
        const [first = [], second = []] = drawCurrents(population, 2, draw);
        const [firstCurrent, secondCurrent] = [tensor(first, [4, 3]), tensor(second, [4, 3])];
        const start = tidyState(() => neuron.initialState(parameters, attributes));
        const inputs = memory().numTensors;
        const one = tidyStep(() => neuron.step(start, firstCurrent, parameters, attributes, heaviside));
        const two = tidyStep(() => neuron.step(one.state, secondCurrent, parameters, attributes, heaviside));
        const again = tidyStep(() => neuron.step(one.state, secondCurrent, parameters, attributes, heaviside));
        const results = [one, two, again].flatMap(({ state, spikes }) => [...Object.values(state), spikes]);
        assertThat(new Set(results.map(({ id }) => id)).size === results.length, () => 'Two results are one tensor.');
        assertThat(memory().numTensors === inputs + results.length, () => {
          return `Three steps leave ${memory().numTensors - inputs} tensors, and gave ${results.length}.`;
        });
        assertThat(
          `${numbersOf(two.spikes)}` === `${numbersOf(again.spikes)}`,
          () => 'The same step gave other spikes.',
        );
        for (const [name, value] of Object.entries(two.state)) {
          const other = ownValue(again.state, name);
          assertThat(other !== undefined && `${numbersOf(value)}` === `${numbersOf(other)}`, () => {
            return `The same step gave another '${name}'.`;
          });
        }
        assertThat(`${numbersOf(firstCurrent)}` === `${first}`, () => 'The step has changed the current.');
        for (const [name, list] of Object.entries(population.elements)) {
          const now = ownValue(parameters, name);
          assertThat(now !== undefined && `${numbersOf(now)}` === `${list.map(Math.fround)}`, () => {
            return `The step has changed the parameter '${name}'.`;
          });
        }
        dispose([...results, ...Object.values(start), ...Object.values(parameters), firstCurrent, secondCurrent]);
        assertThat(memory().numTensors === before, () => 'Tensors were left behind.');
      },
    },
    {
      name: 'has an initial state of its own: disposing it leaves the parameters alone',
      run: () => {
        const population = drawPopulation(neuron, [2, 3], [3], drawer(63));
        const parameters = parameterTensors(population);
        dispose({ ...neuron.initialState(parameters, population.attributes) });
        for (const [name, value] of Object.entries(parameters)) {
          assertThat(!value.isDisposed && numbersOf(value).length > 0, () => `The parameter '${name}' was disposed.`);
        }
        dispose({ ...parameters });
      },
    },
    {
      name: 'leaves the decision to fire: where fire says no, there is no spike and no reset',
      run: () => {
        const draw = drawer(64);
        const population = drawPopulation(neuron, [4, 3], [], draw, dyadicExample);
        const currents = drawCurrents(population, 4, draw, 1 / 8);
        const never = (x: Tensor): Tensor => mul(x, 0);
        const { spikes } = runOnTensors(population, currents, never);
        assertThat(
          spikes.every((step) => step.every((count) => count === 0)),
          () => 'It spikes although fire is zero throughout.',
        );
      },
    },
    {
      name: 'takes the initial value of every attribute that is not given',
      run: () => {
        const draw = drawer(65);
        const drawn = drawPopulation(neuron, [4, 3], [], draw, dyadicExample);
        const initial = Object.entries(neuron.attributes).flatMap(([name, definition]) =>
          definition.initial === undefined ? [] : [[name, definition.initial] as const],
        );
        const currents = drawCurrents(drawn, 4, draw);
        const given = { ...drawn, attributes: { ...drawn.attributes, ...Object.fromEntries(initial) } };
        const names = new Set(initial.map(([name]) => name));
        const left = Object.fromEntries(Object.entries(drawn.attributes).filter(([name]) => !names.has(name)));
        const [a, b] = [given, { ...drawn, attributes: left }].map((population) => runOnTensors(population, currents));
        assertThat(JSON.stringify(a) === JSON.stringify(b), () => 'Without its attributes it behaves otherwise.');
      },
    },
  ];
}

/** Runs a step in a tidy that keeps its result. */
function tidyStep(step: () => NeuronStep): NeuronStep {
  const given: NeuronStep[] = [];
  tidy(() => {
    const { state, spikes } = step();
    given.push({ state: keepAll(state), spikes: keep(spikes) });
  });
  const [result] = given;
  if (result === undefined) throw new Error('The step gave nothing.');
  return result;
}

function tidyState(initial: () => NeuronState): NeuronState {
  const given: NeuronState[] = [];
  tidy(() => void given.push(keepAll(initial())));
  return given[0] ?? {};
}
