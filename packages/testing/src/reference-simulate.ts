import type { Network, NeuronDefinition, NodeOf, Registry, Shape } from '@rheobase/network';
import {
  analogHead,
  applyRule,
  growthOf,
  inferShapes,
  integerNeuron,
  isIntegerNetwork,
  isPlain,
  knownNeurons,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import type { NeuronReference } from './model-references.js';
import { integerReference } from './integer-neurons.js';
import { basicNeurons, referenceOf } from './model-references.js';
import type { ReferenceInput } from './reference-forward.js';
import { valueAtInput } from './reference-forward.js';
import { evaluateReference, siteValues } from './reference-op.js';
import { stepBiasAt } from './step-bias-at.js';

/** A simulation of one image. Arrays are row-major in their node's shape, one per time step. */
export interface ReferenceSimulation {
  /** Every node's value; θ·s(t) at a neuron, the mean of its input over steps 1…t at an output (with differential coding Σ λ^−(τ−1)·x(τ)), what it is of such means in the analog head. */
  readonly values: ReadonlyMap<string, readonly Float64Array[]>;
  /** s(t) of every neuron, signed counts. */
  readonly spikes: ReadonlyMap<string, readonly Float64Array[]>;
  /** V(t) of every neuron after the reset of each step; the last is the residual potential. */
  readonly potentials: ReadonlyMap<string, readonly Float64Array[]>;
}

const atIndex = (steps: readonly Float64Array[], index: number): readonly number[] =>
  steps.map((step) => step[index] ?? Number.NaN);

function runNeurons(
  node: NodeOf<'neuron'>,
  network: Network,
  shape: Shape,
  currents: readonly Float64Array[],
  reference: NeuronReference,
): Readonly<Record<'values' | 'spikes' | 'potentials', readonly Float64Array[]>> {
  const empty = () => currents.map(() => new Float64Array(sizeOf(shape)));
  const result = { values: empty(), spikes: empty(), potentials: empty() };
  for (let i = 0; i < sizeOf(shape); i += 1) {
    const site = siteValues(node.neuron, network, shape, i);
    const { spikes, potentials } = reference(
      atIndex(currents, i).map((current, t) => current + stepBiasAt(node, network, t, i)),
      site,
    );
    currents.forEach((_, t) => {
      result.spikes[t]?.fill(spikes[t] ?? Number.NaN, i, i + 1);
      result.potentials[t]?.fill(potentials[t] ?? Number.NaN, i, i + 1);
      const value = node.spikeValue === 'one' ? 1 : (site['threshold'] ?? Number.NaN);
      result.values[t]?.fill(value * (spikes[t] ?? Number.NaN), i, i + 1);
    });
  }
  return result;
}

/** Sums over steps 1…t, for every t; with growth what was there is multiplied by it before each step. */
function runningSums(steps: readonly Float64Array[], growth = 1): readonly Float64Array[] {
  const total = new Float64Array(steps[0]?.length ?? 0);
  return steps.map((step) => {
    step.forEach((x, i) => {
      total[i] = growth * (total[i] ?? 0) + x;
    });
    return total.slice();
  });
}

/** The increase from each step to the next; the first one from 0. */
function rises(steps: readonly Float64Array[], growth = 1): readonly Float64Array[] {
  return steps.map((step, t) => step.map((x, i) => x - growth * (steps[t - 1]?.[i] ?? 0)));
}

/** Means over steps 1…t, for every t; with differential coding Σ λ^−(τ−1)·x(τ) over τ ≤ t. */
function readOuts(steps: readonly Float64Array[], growth: number | undefined): readonly Float64Array[] {
  if (growth === undefined) return runningSums(steps).map((total, t) => total.map((x) => x / (t + 1)));
  return runningSums(steps.map((step, t) => step.map((x) => x * growth ** -t)));
}

/**
 * Runs a spiking network on one image, or one at each step, in float64 and plain loops. Nothing flows back in time, so every node is run over all T
 * steps before the next. A max pooling is taken over its accumulated input (docs/decisions/0016). For an integer network (docs/decisions/0011) it is
 * the definition of the result: integers, which are exact in float64.
 *
 * @param input the same at every step, or a function of the step, from 0
 * @param steps T
 * @param neurons references of the kinds that occur, in addition to {@link basicNeurons}
 * @param definitions the neurons whose descriptors define them in an integer network
 * @throws if the network has an analog activation, or a neuron without a reference.
 */
export function referenceSimulate(
  network: Network,
  input: ReferenceInput | ((t: number) => ReferenceInput),
  steps: number,
  neurons: Readonly<Record<string, NeuronReference>> = {},
  definitions: Registry<NeuronDefinition> = knownNeurons,
): ReferenceSimulation {
  const shapes = inferShapes(network);
  const head = analogHead(network);
  const values = new Map<string, readonly Float64Array[]>();
  const spikes = new Map<string, readonly Float64Array[]>();
  const potentials = new Map<string, readonly Float64Array[]>();
  const times = Array.from({ length: steps }, (_, t) => t);
  // With differential coding what is constant is there in step 1 alone.
  const growth = growthOf(network, definitions);
  const once = (data: Float64Array, t: number): Float64Array =>
    growth === undefined || t === 0 ? data : new Float64Array(data.length);

  for (const node of network.nodes) {
    const shape = shapeAt(shapes, node.name);
    const inputs = times.map((t) =>
      node.inputs.map((name) => ({
        shape: shapeAt(shapes, name),
        data: values.get(name)?.[t] ?? new Float64Array(0),
      })),
    );
    if (head.has(node.name) && isPlain(node)) {
      const means = node.inputs.map((name) =>
        head.has(name) ? values.get(name) : readOuts(values.get(name) ?? [], growth),
      );
      values.set(
        node.name,
        times.map((t) => {
          const now = node.inputs.map((name, i) => ({
            shape: shapeAt(shapes, name),
            data: means[i]?.[t] ?? new Float64Array(0),
          }));
          return evaluateReference(node, network, now, shape);
        }),
      );
      continue;
    }
    const first = inputs.flatMap(([value]) => (value === undefined ? [] : [value.data]));
    const value = applyRule<readonly Float64Array[]>(node, {
      input: (source) => {
        if (typeof input === 'function') return times.map((t) => valueAtInput(source, input(t)));
        const fed = valueAtInput(source, input);
        return times.map((t) => once(fed, t));
      },
      activation: ({ name }) => {
        throw new Error(`'${name}' is an analog activation; convert it to a neuron before simulating.`);
      },
      neuron: (population) => {
        const reference = isIntegerNetwork(network)
          ? integerReference(integerNeuron(population, definitions).dynamics)
          : referenceOf({ ...basicNeurons, ...neurons }, population.neuron.kind, population.name);
        const run = runNeurons(population, network, shape, first, reference);
        spikes.set(population.name, run.spikes);
        potentials.set(population.name, run.potentials);
        return run.values;
      },
      output: () => readOuts(first, growth),
      maxPool: (pool) => {
        const from = shapeAt(shapes, pool.inputs[0]);
        return rises(
          runningSums(first, growth).map((data) => evaluateReference(pool, network, [{ shape: from, data }], shape)),
          growth,
        );
      },
      plain: (plain) =>
        inputs.map((now, t) => {
          const data = evaluateReference(plain, network, now, shape);
          if (growth === undefined || t === 0) return data;
          // Without what it gives for zeros, its bias.
          const zeros = now.map((input) => ({ ...input, data: new Float64Array(input.data.length) }));
          const nothing = evaluateReference(plain, network, zeros, shape);
          return data.map((x, i) => x - (nothing[i] ?? 0));
        }),
    });
    values.set(node.name, value);
  }
  return { values, spikes, potentials };
}
