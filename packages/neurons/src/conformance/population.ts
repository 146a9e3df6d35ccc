import type { Numbers } from '@rheobase/network/conformance';
import { attributesIn, exampleValue, exampleValues, mapRecord, parametersIn } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, tensor, tidy } from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { heaviside } from '../heaviside.js';
import type { Fire, Neuron, NeuronState, NeuronTrace } from '../neuron.js';

export type Tensors = Readonly<Record<string, Tensor>>;

/** A seeded source of numbers in [0, 1). */
export function drawer(seed: number): () => number {
  const random = xoroshiro128plus(seed);
  return () => uniformFloat64(random);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function numbersOf(value: Tensor): readonly number[] {
  return [...value.dataSync()];
}

/** Several neurons of one model, each with its own values. */
export interface Population {
  readonly neuron: Neuron;
  /** Shape of the current, `[N, …shape]`. */
  readonly shape: readonly number[];
  /** The values for one neuron's reference. */
  valuesAt(index: number): Numbers;
  readonly attributes: Numbers;
  /** Elements of every parameter, which broadcast to the shape. */
  readonly elements: Readonly<Record<string, readonly number[]>>;
  readonly parameterShape: readonly number[];
}

/**
 * A population with parameters drawn at random.
 *
 * @param parameterShape of every parameter: `[]`, `[C]` or `[H, W, C]`, the last dimensions of the shape
 */
export function drawPopulation(
  neuron: Neuron,
  shape: readonly number[],
  parameterShape: readonly number[],
  draw: () => number,
  example = exampleValue,
): Population {
  const values = exampleValues(neuron, draw, example);
  const elements = mapRecord(neuron.parameters, (definition) =>
    Array.from({ length: sizeOf(parameterShape) }, () => example(definition, draw())),
  );
  return populationOf(neuron, shape, parameterShape, elements, attributesIn(neuron, values));
}

/** A population of neurons with the same values. */
export function uniformPopulation(neuron: Neuron, shape: readonly number[], values: Numbers): Population {
  const elements = mapRecord(parametersIn(neuron, values), (value) => [value]);
  return populationOf(neuron, shape, [], elements, attributesIn(neuron, values));
}

function populationOf(
  neuron: Neuron,
  shape: readonly number[],
  parameterShape: readonly number[],
  elements: Readonly<Record<string, readonly number[]>>,
  attributes: Numbers,
): Population {
  return {
    neuron,
    shape,
    parameterShape,
    elements,
    attributes,
    valuesAt: (index) => ({
      ...attributes,
      ...mapRecord(elements, (list) => list[index % list.length] ?? Number.NaN),
    }),
  };
}

/** The population's parameters as tensors, which the caller disposes. */
export function parameterTensors({ elements, parameterShape }: Population): Tensors {
  return mapRecord(elements, (list) => tensor([...list], [...parameterShape], 'float32'));
}

/** Result of a run on tensors, one array of neurons per step. */
export interface TensorTrace {
  readonly initial: readonly number[];
  readonly spikes: readonly (readonly number[])[];
  readonly potentials: readonly (readonly number[])[];
}

/** Runs the steps on tensors; `currents` holds one array of neurons per step. */
export function runOnTensors(
  population: Population,
  currents: readonly (readonly number[])[],
  fire: Fire = heaviside,
): TensorTrace {
  const { neuron, shape, attributes } = population;
  const parameters = parameterTensors(population);
  const spikes: (readonly number[])[] = [];
  const potentials: (readonly number[])[] = [];
  let initial: readonly number[] = [];
  tidy(() => {
    let state: NeuronState = neuron.initialState(parameters, attributes);
    initial = potentialIn(state);
    for (const current of currents) {
      const step = neuron.step(state, tensor([...current], [...shape], 'float32'), parameters, attributes, fire);
      spikes.push(numbersOf(step.spikes));
      potentials.push(potentialIn(step.state));
      state = step.state;
    }
  });
  dispose({ ...parameters });
  return { initial, spikes, potentials };
}

function potentialIn({ potential }: NeuronState): readonly number[] {
  if (potential === undefined) throw new Error("The state has no 'potential'.");
  return numbersOf(potential);
}

/** The trace of one neuron of the population. */
export function traceOf({ spikes, potentials }: TensorTrace, index: number): NeuronTrace {
  return {
    spikes: spikes.map((step) => step[index] ?? Number.NaN),
    potentials: potentials.map((step) => step[index] ?? Number.NaN),
  };
}

/** Currents of both signs around the threshold, `[T][neurons]`; multiples of a grid, if there is one. */
export function drawCurrents(population: Population, steps: number, draw: () => number, grid?: number) {
  return Array.from({ length: steps }, () =>
    Array.from({ length: sizeOf(population.shape) }, (_, index) => {
      const threshold = population.valuesAt(index)['threshold'] ?? 1;
      const current = draw() * 3 - 1.2;
      return Math.fround(threshold * (grid === undefined ? current : Math.round(current / grid) * grid));
    }),
  );
}
