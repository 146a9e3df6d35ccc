import type { InitialPotentials, Probe, Shape, SimulationResult } from '@rheobase/network';
import { NetworkError, shapeAt, sizeOf } from '@rheobase/network';
import { heaviside } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, keep, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Batch, Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { feedOf, valueOf } from './feed.js';
import { probeRecorder } from './probe-recorder.js';
import type { NodeState } from './time-step.js';
import { initialStates, planTime, stepNetwork } from './time-step.js';

export interface SimulateOptions {
  /** T, the number of time steps; at least 1. */
  readonly steps: number;
  /** What to note down; see `Probe` of \@rheobase/network. */
  readonly probes?: readonly Probe[];
  /** Where the potentials of some neuron nodes start, on every image, in place of V(0). */
  readonly potentials?: InitialPotentials;
}

/** Runs a spiking network over T steps; see `BoundNetwork.simulate`. */
export function simulateNetwork(
  binding: Binding,
  batch: Batch,
  { steps, probes = [], potentials = new Map() }: SimulateOptions,
): SimulationResult {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be a whole number of at least 1, not ${steps}.`);
  }
  const plan = planTime(binding);
  for (const name of potentials.keys()) assertNeuron(binding, name);
  const feed = feedOf(binding.network, batch);
  const count = [...feed.values()][0]?.shape[0] ?? 0;
  const recorders = probes.map((probe) => probeRecorder(binding, probe, count, steps));
  const readOuts = binding.network.nodes
    .filter((node) => node.op === 'output')
    .map((node) => {
      const shape = shapeAt(binding.shapes, node.name);
      const size = count * sizeOf(shape);
      return { name: node.name, shape, total: new Float64Array(size), means: new Float32Array(steps * size) };
    });

  const constants = keepValues(() => {
    const values = new Map(feed);
    for (const node of plan.constant) {
      if (node.op === 'input' || node.op === 'activation' || node.op === 'neuron') continue;
      values.set(
        node.name,
        evaluateNode(
          node,
          node.inputs.map((name) => valueOf(values, name)),
          binding.live,
        ),
      );
    }
    return values;
  }, feed);
  let states = keepStates(() => startingStates(binding, potentials, count));

  try {
    for (let t = 1; t <= steps; t++) {
      const before = states;
      states = keepStates(() => {
        const step = stepNetwork(binding, plan, before, constants, heaviside);
        for (const { name, total, means } of readOuts) {
          const value = valueOf(step.values, name).dataSync();
          const offset = (t - 1) * total.length;
          for (let i = 0; i < total.length; i++) {
            const sum = (total[i] ?? 0) + (value[i] ?? 0);
            total[i] = sum;
            means[offset + i] = sum / t;
          }
        }
        for (const recorder of recorders) recorder.note(step, t);
        return step.states;
      });
      disposeStates(before);
    }
    return {
      steps,
      outputs: new Map(
        readOuts.map(({ name, shape, means }) => [name, { shape: [steps, count, ...shape], data: means }]),
      ),
      records: recorders.map((recorder) => recorder.finish()),
    };
  } finally {
    disposeStates(states);
    for (const [name, tensor] of constants) if (feed.get(name) !== tensor) tensor.dispose();
    for (const recorder of recorders) recorder.dispose();
  }
}

type States = ReadonlyMap<string, NodeState>;

function assertNeuron({ neurons }: Binding, name: string): void {
  if (neurons.has(name)) return;
  throw new NetworkError([
    { subject: name, message: 'potentials are given for it, but it is no neuron of the network' },
  ]);
}

/** Every neuron's state before the first step, with the potentials that are given. */
function startingStates(binding: Binding, potentials: InitialPotentials, count: number): States {
  const states = new Map(initialStates(binding));
  for (const [name, given] of potentials) {
    const shape: Shape = [count, ...shapeAt(binding.shapes, name)];
    if (given.length !== sizeOf(shape)) {
      throw new NetworkError([
        {
          subject: name,
          message: `${given.length} potentials are given for it where N × neurons = ${sizeOf(shape)} are needed`,
        },
      ]);
    }
    states.set(name, { ...states.get(name), potential: tensor(given, [...shape]) });
  }
  return states;
}

/** Computes values in a tidy and keeps them; what the caller fed is not theirs to be kept or freed. */
function keepValues(
  compute: () => ReadonlyMap<string, Tensor>,
  fed: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  let values: ReadonlyMap<string, Tensor> = new Map();
  tidy(() => {
    values = compute();
    for (const [name, tensor] of values) if (fed.get(name) !== tensor) keep(tensor);
  });
  return values;
}

function keepStates(compute: () => States): States {
  let states: States = new Map();
  tidy(() => {
    states = compute();
    for (const state of states.values()) for (const tensor of Object.values(state)) keep(tensor);
  });
  return states;
}

function disposeStates(states: States): void {
  for (const state of states.values()) dispose({ ...state });
}
