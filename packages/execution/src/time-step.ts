import type { NetworkNode } from '@rheobase/network';
import { analogHead, applyRule, isSpiking, NetworkError, neverConverted } from '@rheobase/network';
import type { Fire, NeuronStep } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone, mul, tidy } from '@tensorflow/tfjs-core';
import type { Binding } from './binding.js';
import { evaluateChange } from './evaluate-change.js';
import { evaluateNode } from './evaluate-node.js';
import { valueOf } from './feed.js';
import { liveParameter, liveParts } from './live-parameters.js';
import { liveValues } from './live-values.js';
import { maxPoolStep } from './max-pool-over-time.js';
import { biasedCurrent } from './step-bias.js';
import { lastReads } from './value-lifetimes.js';

/** State of a node between steps, by name: of a neuron, or of a max pooling downstream of neurons. */
export type NodeState = Readonly<Record<string, Tensor>>;

/** A spiking network's nodes, separated by whether their values change over time. */
export interface TimePlan {
  /** Nodes upstream of all neurons and of inputs that change: computed once. */
  readonly constant: readonly NetworkNode[];
  /** Neurons and the nodes downstream of them. */
  readonly changing: readonly NetworkNode[];
  /** Changing nodes of the analog head (`analogHead`), which are computed on means over time instead of step by step. */
  readonly head: readonly NetworkNode[];
}

/** The result of one time step at the changing nodes. */
export interface TimeStep {
  /** Values by node: θ·s at a neuron. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Signed spike counts by neuron node. */
  readonly spikes: ReadonlyMap<string, Tensor>;
  /** Currents of the neuron nodes with a step bias, which is part of them; the currents of others are the values of their inputs. */
  readonly currents: ReadonlyMap<string, Tensor>;
  /** State after the step by neuron node, and by max pooling downstream of neurons. */
  readonly states: ReadonlyMap<string, NodeState>;
}

/**
 * Separates a spiking network's constant nodes from its changing ones.
 *
 * @param framed the inputs that change over time
 * @throws {NetworkError} if it has no neurons, or activations downstream of them: a partly converted network would silently compute something else.
 */
export function planTime(binding: Binding, framed: ReadonlySet<string> = new Set()): TimePlan {
  const { network } = binding;
  const changing = new Set(framed);
  for (const node of network.nodes) {
    if (node.op === 'neuron' || node.inputs.some((input) => changing.has(input))) changing.add(node.name);
  }
  if (!isSpiking(network)) {
    throw new NetworkError([
      {
        subject: 'network',
        message: 'it has no neurons, so there is nothing to simulate; convert it first, or call run',
      },
    ]);
  }
  const unconverted = network.nodes.filter((node) => node.op === 'activation');
  if (unconverted.length > 0) {
    throw new NetworkError(
      unconverted.map((node) => ({
        subject: node.name,
        message: neverConverted,
      })),
    );
  }
  const head = analogHead(network);
  const [frames] = framed;
  if (binding.growth !== undefined && frames !== undefined) {
    throw new NetworkError([
      {
        subject: frames,
        message:
          'its frames change over time, but with differential coding only spikes do; choose a neuron with rate coding',
      },
    ]);
  }
  return {
    constant: network.nodes.filter(({ name }) => !changing.has(name)),
    changing: network.nodes.filter(({ name }) => changing.has(name) && !head.has(name) && !framed.has(name)),
    head: network.nodes.filter(({ name }) => changing.has(name) && head.has(name)),
  };
}

/** Every neuron's state before the first step; the caller disposes the tensors. */
export function initialStates({ network, neurons, live }: Binding): ReadonlyMap<string, NodeState> {
  const states = new Map<string, NodeState>();
  for (const node of network.nodes) {
    const model = neurons.get(node.name);
    if (node.op !== 'neuron' || model === undefined) continue;
    states.set(node.name, model.initialState(liveParts(live, node.neuron.parameters), node.neuron.attributes));
  }
  return states;
}

/** Observes a step while it is computed. */
export interface StepWatch {
  /** Values that are needed after the step. All others, and the spikes, are freed after their last use. */
  readonly kept: { has(name: string): boolean };
  /** Called when a node has its value; it, its inputs and its state are then available. */
  onNode(node: string, step: TimeStep): void;
}

/**
 * One time step of the whole network. Pure in the states; differentiable with respect to the live parameters if `fire` is.
 *
 * @param values values of the constant nodes; with differential coding zeros after step 1
 * @param t the step, from 1
 * @param watch without one, the values and spikes of all changing nodes are kept until the end, in the caller's tidy
 */
export function stepNetwork(
  binding: Binding,
  plan: TimePlan,
  states: ReadonlyMap<string, NodeState>,
  values: ReadonlyMap<string, Tensor>,
  t: number,
  fire: Fire,
  watch?: StepWatch,
): TimeStep {
  const { neurons, live } = binding;
  const now = liveValues(values);
  const spikes = new Map<string, Tensor>();
  const currents = new Map<string, Tensor>();
  const next = new Map<string, NodeState>();
  const all: TimeStep = { values: now, spikes, currents, states: next };
  const done = watch && lastReads(plan.changing, { has: (name) => values.has(name) || watch.kept.has(name) });
  for (const node of plan.changing) {
    applyRule(node, {
      neuron: ({ name, inputs, neuron, stepBias, spikeValue }) => {
        const [model, state] = [neurons.get(name), states.get(name)];
        if (model === undefined || state === undefined) {
          throw new NetworkError([{ subject: name, message: 'this neuron is not bound, or has no state' }]);
        }
        const parts = liveParts(live, neuron.parameters);
        const given = valueOf(now, inputs[0]);
        const current =
          stepBias === undefined ? given : tidy(() => biasedCurrent(given, liveParameter(live, stepBias), t));
        if (current !== given) currents.set(name, current);
        const step = inTidy(() => model.step(state, current, parts, neuron.attributes, fire));
        next.set(name, step.state);
        spikes.set(name, step.spikes);
        now.hold(Object.values(step.state));
        const { threshold } = parts;
        const ones = threshold === undefined || spikeValue === 'one';
        now.set(name, ones ? clone(step.spikes) : mul(step.spikes, threshold));
      },
      maxPool: (pool) => {
        const before = states.get(pool.name);
        const { state, value } = maxPoolStep(pool, before, valueOf(now, pool.inputs[0]), binding.growth);
        // Clones, as the states are kept: those of the first step are its input and its value themselves.
        next.set(pool.name, { accumulated: clone(state.accumulated), greatest: clone(state.greatest) });
        now.set(pool.name, value);
      },
      plain: (plain) => {
        const inputs = plain.inputs.map((name) => valueOf(now, name));
        const value = t === 1 || binding.growth === undefined ? evaluateNode : evaluateChange;
        now.set(plain.name, value(plain, inputs, binding));
      },
    });
    if (watch === undefined) continue;
    watch.onNode(node.name, all);
    for (const name of done?.get(node.name) ?? []) now.release(name);
    for (const known of [spikes, currents]) {
      const own = known.get(node.name);
      if (own === undefined) continue;
      known.delete(node.name);
      now.discard(own);
    }
  }
  return all;
}

/** A neuron's step without its intermediate tensors. */
function inTidy(compute: () => NeuronStep): NeuronStep {
  let step: NeuronStep | undefined;
  tidy(() => {
    step = compute();
    return { ...step.state, ' spikes': step.spikes };
  });
  if (step === undefined) throw new Error('A neuron gave no step.');
  return step;
}
