import type { InitialPotentials, Shape, SimulateOptions, SimulationResult } from '@rheobase/network';
import { assertFiniteValues, firstNotFinite, isSite, NetworkError, shapeAt, sizeOf } from '@rheobase/network';
import { heaviside } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, keep, reshape, slice, tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import type { TensorBatch, Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { feedOf, hasFrames, valueOf } from './feed.js';
import { assertFiniteFeed } from './finite-tensors.js';
import { headOverTime } from './head-over-time.js';
import { liveValues } from './live-values.js';
import { probeRecorder } from './probe-recorder.js';
import type { NodeState, TimePlan } from './time-step.js';
import { initialStates, planTime, stepNetwork } from './time-step.js';
import { lastReads } from './value-lifetimes.js';

/** Runs a spiking network over T steps; see `BoundNetwork.simulate`. */
export function simulateNetwork(
  binding: Binding,
  batch: TensorBatch,
  { steps, probes = [], potentials = new Map() }: SimulateOptions,
): SimulationResult {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
  }
  const feed = feedOf(binding.network, batch, steps);
  const framed = binding.network.nodes.flatMap((node) => {
    const given = feed.get(node.name);
    return node.op === 'input' && given !== undefined && hasFrames(node, given) ? [node] : [];
  });
  const changingInputs = new Set(framed.map(({ name }) => name));
  const plan = planTime(binding, changingInputs);
  for (const name of potentials.keys()) assertNeuron(binding, name);
  assertFiniteFeed(feed, changingInputs);
  const fixed = new Map([...feed].filter(([name]) => !changingInputs.has(name)));
  const count = [...feed].map(([name, { shape }]) => shape[changingInputs.has(name) ? 1 : 0] ?? 0)[0] ?? 0;
  const recorders = probes.map((probe) => probeRecorder(binding, probe, count, steps));
  const readOuts = binding.network.nodes
    .filter((node) => node.op === 'output')
    .map((node) => {
      const shape = shapeAt(binding.shapes, node.name);
      const size = count * sizeOf(shape);
      return { name: node.name, shape, total: new Float64Array(size), means: new Float32Array(steps * size) };
    });

  const outputs = new Set(readOuts.map(({ name }) => name));
  const changing = new Set(plan.changing.map(({ name }) => name));
  const inHead = new Set(plan.head.map(({ name }) => name));
  const head = headOverTime(
    binding,
    plan.head,
    new Set([...changing, ...changingInputs]),
    new Set([...outputs, ...probes.map(({ node }) => node)]),
    binding.growth,
  );
  const kept = new Set([...outputs, ...head.reads]);
  const watchers = new Map([...changing].map((name) => [name, recorders.filter(({ node }) => node === name)]));
  const needed = new Set([
    ...outputs,
    ...[...plan.changing, ...plan.head].flatMap(({ inputs }) => inputs),
    ...probes.map(({ node }) => node),
  ]);
  let constants: ReadonlyMap<string, Tensor> = new Map();
  let states: States = new Map();

  try {
    constants = keepValues(() => constantValues(binding, plan, fixed, needed), fixed);
    states = keepStates(() => startingStates(binding, potentials, count));
    for (let t = 1; t <= steps; t++) {
      const before = states;
      states = keepStates(() => {
        const now = framed.map(({ name, shape }) => [name, frameOf(valueOf(feed, name), t, shape)] as const);
        // With differential coding what is constant changes nothing after step 1.
        const still = t > 1 && binding.growth !== undefined;
        const fed = new Map([...constants].map(([name, value]) => [name, still ? zerosLike(value) : value]));
        const body = stepNetwork(binding, plan, before, new Map([...fed, ...now]), t, heaviside, {
          kept,
          onNode: (name, soFar) => {
            for (const recorder of watchers.get(name) ?? []) recorder.note(soFar, t);
            // The state after the step has replaced it.
            dispose({ ...before.get(name) });
          },
        });
        const values = new Map([...body.values, ...head.step(new Map([...body.values, ...constants]), t)]);
        const step = { ...body, values };
        for (const recorder of recorders) if (!changing.has(recorder.node)) recorder.note(step, t);
        for (const { name, total, means } of readOuts) {
          const value = valueOf(step.values, name).dataSync();
          const offset = (t - 1) * total.length;
          for (let i = 0; i < total.length; i++) {
            const sum = (total[i] ?? 0) + (value[i] ?? 0) * (binding.growth ?? 1) ** (1 - t);
            total[i] = sum;
            means[offset + i] = inHead.has(name) ? (value[i] ?? 0) : binding.growth === undefined ? sum / t : sum;
          }
        }
        return step.states;
      });
      disposeStates(before);
    }
    assertFinitePotentials(binding, states, potentials);
    for (const { name, means } of readOuts) assertFiniteValues(name, 'values', means);
    return {
      steps,
      outputs: new Map(
        readOuts.map(({ name, shape, means }) => [name, { shape: [steps, count, ...shape], data: means }]),
      ),
      records: recorders.map((recorder) => recorder.finish()),
    };
  } finally {
    disposeStates(states);
    const fed = new Set(feed.values());
    for (const tensor of constants.values()) if (!fed.has(tensor)) tensor.dispose();
    for (const recorder of recorders) recorder.dispose();
    head.dispose();
  }
}

/** Potentials that are NaN or infinite stay so until the last step: no reset makes them finite. */
function assertFinitePotentials({ neurons }: Binding, states: States, given: InitialPotentials): void {
  for (const [name, { potential }] of states) {
    // Neurons started at −∞ are silent on purpose.
    const silenced = firstNotFinite(given.get(name) ?? []) >= 0;
    if (neurons.has(name) && potential !== undefined && !silenced) {
      assertFiniteValues(name, 'potentials', potential.dataSync());
    }
  }
}

/** What an input is given at step t, from 1: `[N, …shape]` of `[T, N, …shape]`. */
function frameOf(frames: Tensor, t: number, shape: Shape): Tensor {
  const [, count = 0] = frames.shape;
  return reshape(slice(frames, [t - 1], [1]), [count, ...shape]);
}

type States = ReadonlyMap<string, NodeState>;

/** The constant values that are needed. */
function constantValues(
  binding: Binding,
  plan: TimePlan,
  feed: ReadonlyMap<string, Tensor>,
  needed: ReadonlySet<string>,
): ReadonlyMap<string, Tensor> {
  const values = liveValues(feed);
  const done = lastReads(plan.constant, needed);
  for (const node of plan.constant) {
    if (isSite(node)) continue;
    if (node.op !== 'input') {
      const inputs = node.inputs.map((name) => valueOf(values, name));
      values.set(node.name, evaluateNode(node, inputs, binding));
    }
    for (const name of done.get(node.name) ?? []) values.release(name);
  }
  return values;
}

function assertNeuron({ neurons }: Binding, name: string): void {
  if (neurons.has(name)) return;
  throw new NetworkError([
    { subject: name, message: 'potentials are given for it, but it is not a neuron of the network' },
  ]);
}

/** Every neuron's state before the first step, with the given potentials. */
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

/** Computes values in a tidy and keeps them, except the caller's inputs, which must be neither kept nor freed. */
function keepValues(
  compute: () => ReadonlyMap<string, Tensor>,
  fed: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  let values: ReadonlyMap<string, Tensor> = new Map();
  tidy(() => {
    values = compute();
    const own = new Set(fed.values());
    for (const tensor of values.values()) if (!own.has(tensor)) keep(tensor);
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
