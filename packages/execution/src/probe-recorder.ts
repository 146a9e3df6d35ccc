import type { NetworkNode, Probe, ProbeRecord, Shape } from '@rheobase/network';
import { analogHead, describeShape, NetworkError, shapeAt, sizeOf } from '@rheobase/network';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { abs, add, cast, clone, keep, notEqual, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Binding } from './binding.js';
import { valueOf } from './feed.js';
import type { TimeStep } from './time-step.js';

/** Records what one probe requests during a simulation. */
export interface ProbeRecorder {
  /** The node that it reads: the probed one or its input. */
  readonly node: string;
  /** Called inside a tidy at each step, once the node has its value; `t` counts from 1. */
  note(step: TimeStep, t: number): void;
  /** Returns the record; called once, after the last step. */
  finish(): ProbeRecord;
  dispose(): void;
}

/**
 * A recorder for a probe, over a batch of `count` and `steps` time steps.
 *
 * @throws {NetworkError} if there is no such node, the probe needs a neuron and the node is not one, or its weights do not fit.
 */
export function probeRecorder(binding: Binding, probe: Probe, count: number, steps: number): ProbeRecorder {
  const node = binding.network.nodes.find((candidate) => candidate.name === probe.node);
  if (node === undefined)
    throw new NetworkError([
      { subject: probe.node, message: `a '${probe.kind}' probe is set on it, but there is no such node` },
    ]);
  if (probe.kind !== 'mean-value' && node.op !== 'neuron') {
    throw new NetworkError([
      { subject: probe.node, message: `a '${probe.kind}' probe needs a neuron, but this is a ${node.op}` },
    ]);
  }
  return { node: probe.node, ...recording(binding, probe, node, count, steps) };
}

type Recording = Omit<ProbeRecorder, 'node'>;

function recording(binding: Binding, probe: Probe, node: NetworkNode, count: number, steps: number): Recording {
  const shape = shapeAt(binding.shapes, probe.node);
  switch (probe.kind) {
    case 'spikes':
      return spikeRecorder(probe, shape, count, steps);
    case 'events':
      return eventRecorder(probe, shape, steps);
    case 'firings':
      return firingRecorder(probe, shape, steps);
    case 'residual-potential':
      return lastRecorder(probe, shape, count, steps, (step) => valueOf(stateOf(step, probe.node), 'potential'));
    case 'spike-count':
      return sumRecorder(probe, shape, count, 1, (step) => valueOf(step.spikes, probe.node));
    case 'mean-input': {
      const [input] = node.inputs;
      if (input === undefined) throw new NetworkError([{ subject: probe.node, message: 'it has no input' }]);
      return sumRecorder(
        probe,
        shape,
        count,
        steps,
        (step) => step.currents.get(probe.node) ?? valueOf(step.values, input),
      );
    }
    case 'mean-value':
      // A value of the head is computed on means already.
      if (analogHead(binding.network).has(probe.node)) {
        return lastRecorder(probe, shape, count, steps, (step) => valueOf(step.values, probe.node));
      }
      return sumRecorder(probe, shape, count, steps, (step) => valueOf(step.values, probe.node));
  }
}

function stateOf(step: TimeStep, name: string): ReadonlyMap<string, Tensor> {
  return new Map(Object.entries(step.states.get(name) ?? {}));
}

function spikeRecorder(probe: Probe, shape: Shape, count: number, steps: number): Recording {
  const size = count * sizeOf(shape);
  const data = new Int8Array(steps * size);
  return {
    note: (step, t) => data.set(valueOf(step.spikes, probe.node).dataSync(), (t - 1) * size),
    finish: () => ({ probe, shape: [steps, count, ...shape], data }),
    dispose: () => undefined,
  };
}

function eventRecorder(probe: Extract<Probe, { readonly kind: 'events' }>, shape: Shape, steps: number): Recording {
  const size = sizeOf(shape);
  if (probe.weights !== undefined && probe.weights.length !== size) {
    throw new NetworkError([
      {
        subject: probe.node,
        message: `an 'events' probe has ${probe.weights.length} weights for the ${size} neurons ${describeShape(shape)}`,
      },
    ]);
  }
  const data = new Float64Array(steps);
  return {
    note: (step, t) => {
      const byNeuron = eventsByNeuron(step, probe.node, size);
      let total = 0;
      for (let i = 0; i < size; i++) total += (byNeuron[i] ?? 0) * (probe.weights?.[i] ?? 1);
      data[t - 1] = total;
    },
    finish: () => ({ probe, shape: [steps], data }),
    dispose: () => undefined,
  };
}

function firingRecorder(probe: Probe, shape: Shape, steps: number): Recording {
  const data = new Float64Array(steps);
  return {
    note: (step, t) => {
      const fired = cast(notEqual(valueOf(step.spikes, probe.node), 0), 'float32');
      const byNeuron = columnSums(reshape(fired, [-1, sizeOf(shape)])).dataSync();
      let total = 0;
      for (const count of byNeuron) total += count;
      data[t - 1] = total;
    },
    finish: () => ({ probe, shape: [steps], data }),
    dispose: () => undefined,
  };
}

/** Cache for what several probes of one neuron node need in one step. */
const eventsOfStep = new WeakMap<TimeStep, Map<string, ArrayLike<number>>>();

/** Σ |s| of each neuron over the batch: exact in float32, as the counts are small integers. */
function eventsByNeuron(step: TimeStep, node: string, size: number): ArrayLike<number> {
  const known = eventsOfStep.get(step) ?? new Map<string, ArrayLike<number>>();
  eventsOfStep.set(step, known);
  const before = known.get(node);
  if (before !== undefined) return before;
  const events = columnSums(reshape(abs(valueOf(step.spikes, node)), [-1, size])).dataSync();
  known.set(node, events);
  return events;
}

function lastRecorder(
  probe: Probe,
  shape: Shape,
  count: number,
  steps: number,
  read: (step: TimeStep) => Tensor,
): Recording {
  let data: Float32Array = new Float32Array(0);
  return {
    note: (step, t) => {
      if (t === steps) data = Float32Array.from(read(step).dataSync());
    },
    finish: () => ({ probe, shape: [count, ...shape], data }),
    dispose: () => undefined,
  };
}

function sumRecorder(
  probe: Probe,
  shape: Shape,
  count: number,
  divisor: number,
  read: (step: TimeStep) => Tensor,
): Recording {
  let total: Tensor | undefined;
  return {
    note: (step) => {
      const before = total;
      total = keep(tidy(() => (before === undefined ? clone(read(step)) : add(before, read(step)))));
      before?.dispose();
    },
    finish: () => ({
      probe,
      shape: [count, ...shape],
      // `map` copies too; `Float32Array.from` with a function is ten times slower.
      data: (total?.dataSync<'float32'>() ?? new Float32Array()).map((value) => value / divisor),
    }),
    dispose: () => total?.dispose(),
  };
}
