import type { Network, Probe, ProbeRecord, Shape } from '@rheobase/network';
import { describeShape, inferShapes, NetworkError, shapeAt, sizeOf, unknownName } from '@rheobase/network';
import type { Observations } from './compilation.js';
import { eventCounter, firingCounter } from './event-counter.js';
import type { Layout, Plan, PlannedNeurons, PlannedValue } from './plan.js';
import type { Workspace } from './workspace.js';

/** A part of a run: some steps of one image. */
export interface RunPart {
  readonly image: number;
  /** Number of steps before this part, and in it. */
  readonly before: number;
  readonly steps: number;
}

/** Records what one probe requests. */
export interface Recorder {
  /** The call after which it records. */
  readonly after: number;
  note(part: RunPart, workspace: Workspace): void;
  finish(): ProbeRecord;
}

/**
 * What a plan must keep for probes.
 *
 * @throws {NetworkError} if there is no such node, the probe needs a neuron and the node is not one, or its weights do not fit.
 */
export function observationsOf(network: Network, probes: readonly Probe[]): Observations {
  const shapes = inferShapes(network);
  const values = new Set<string>();
  const currents = new Set<string>();
  const potentials = new Set<string>();
  for (const probe of probes) {
    const node = network.nodes.find(({ name }) => name === probe.node);
    const fail = (message: string): never => {
      throw new NetworkError([{ subject: probe.node, message }]);
    };
    if (node === undefined) {
      const names = network.nodes.map(({ name }) => name);
      fail(
        `a '${probe.kind}' probe is set on it, but there is no such node; ${unknownName('node', probe.node, names)}`,
      );
    }
    if (node?.op === 'neuron') {
      if (probe.kind === 'mean-input') currents.add(probe.node);
      if (probe.kind === 'residual-potential') potentials.add(probe.node);
    } else if (probe.kind === 'mean-value') {
      values.add(probe.node);
    } else {
      fail(`a '${probe.kind}' probe needs a neuron, but this is a ${node?.op}`);
    }
    if (probe.kind === 'events' && probe.weights !== undefined) {
      const shape = shapeAt(shapes, probe.node);
      if (probe.weights.length !== sizeOf(shape)) {
        fail(
          `an 'events' probe has ${probe.weights.length} weights for the ${sizeOf(shape)} neurons ${describeShape(shape)}`,
        );
      }
    }
  }
  return { values, currents, potentials };
}

/** Memory index of element `i` of a value, row-major without padding. */
export const placeOf = ({ channels, pitch }: Layout, i: number): number =>
  Math.floor(i / channels) * pitch + (i % channels);
export const sizeIn = ({ rows, columns, pitch }: Layout): number => rows * columns * pitch;

/** Calls `visit` with the words of positive and negative spikes of every neuron that fired, level by level, and its spike value. */
function eachWord(
  { layout, spikes, negativeSpikes, levels }: PlannedNeurons,
  workspace: Workspace,
  visit: (neuron: number, positive: number, negative: number, worth: number) => void,
): void {
  const size = sizeIn(layout);
  const { rows, columns, channels, pitch } = layout;
  for (let level = 0; level < levels; level++) {
    const before = 4 * level * size;
    const positive = workspace.words(spikes + before, size);
    const negative = negativeSpikes === undefined ? undefined : workspace.words(negativeSpikes + before, size);
    for (let pixel = 0, neuron = 0; pixel < rows * columns; pixel++) {
      for (let place = pixel * pitch; place < pixel * pitch + channels; place++, neuron++) {
        const [plus, minus] = [positive[place] ?? 0, negative?.[place] ?? 0];
        if ((plus | minus) !== 0) visit(neuron, plus, minus, 2 ** level);
      }
    }
  }
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** A recorder for a probe, over a batch of `count` images and `steps` time steps. */
export function recorderOf(plan: Plan, probe: Probe, count: number, steps: number): Recorder {
  const neurons = plan.neurons.get(probe.node);
  if (neurons === undefined) {
    const value = plan.values.get(probe.node);
    if (value === undefined)
      throw new NetworkError([{ subject: probe.node, message: 'the plan does not leave it to be read' }]);
    return meanOfValue(probe, value, count, steps);
  }
  const { shape } = neurons;
  const size = sizeOf(shape);
  const after = neurons.completedAt;
  const each: Shape = [count, ...shape];
  switch (probe.kind) {
    case 'spikes': {
      const data = new Int8Array(steps * count * size);
      return {
        after,
        note: ({ image, before, steps: now }, workspace) =>
          eachWord(neurons, workspace, (i, positive, negative, worth) => {
            for (let t = 0; t < now; t++) {
              const at = ((before + t) * count + image) * size + i;
              data[at] = (data[at] ?? 0) + worth * (((positive >>> t) & 1) - ((negative >>> t) & 1));
            }
          }),
        finish: () => ({ probe, shape: [steps, ...each], data }),
      };
    }
    case 'events': {
      const data = new Float64Array(steps);
      const count = eventCounter(neurons, probe.weights);
      return {
        after,
        note: ({ before, steps: now }, workspace) => {
          count(workspace, now).forEach((events, t) => (data[before + t] = (data[before + t] ?? 0) + events));
        },
        finish: () => ({ probe, shape: [steps], data }),
      };
    }
    case 'firings': {
      const data = new Float64Array(steps);
      const count = firingCounter(neurons);
      return {
        after,
        note: ({ before, steps: now }, workspace) => {
          count(workspace, now).forEach((firings, t) => (data[before + t] = (data[before + t] ?? 0) + firings));
        },
        finish: () => ({ probe, shape: [steps], data }),
      };
    }
    case 'spike-count':
    case 'mean-value': {
      const data = new Float32Array(count * size);
      const { gain } = neurons;
      const worth = (i: number): number => gain[gain.length === size ? i : i % neurons.layout.channels] ?? 0;
      return {
        after,
        note: ({ image }, workspace) =>
          eachWord(neurons, workspace, (i, positive, negative, worth) => {
            const at = image * size + i;
            data[at] = (data[at] ?? 0) + worth * (bitCount(positive) - bitCount(negative));
          }),
        finish: () => ({
          probe,
          shape: each,
          data: probe.kind === 'spike-count' ? data : data.map((n, i) => (worth(i % size) * n) / steps),
        }),
      };
    }
    case 'residual-potential': {
      const data = new Float32Array(count * size);
      return {
        after,
        note: ({ image, before, steps: now }, workspace) => {
          if (before + now < steps) return;
          const potentials = workspace.numbers(neurons.number, neurons.potential ?? Number.NaN, sizeIn(neurons.layout));
          for (let i = 0; i < size; i++) data[image * size + i] = potentials[placeOf(neurons.layout, i)] ?? 0;
        },
        finish: () => ({ probe, shape: each, data }),
      };
    }
    case 'mean-input': {
      const value: PlannedValue = {
        shape,
        layout: neurons.layout,
        completedAt: after,
        offset: neurons.record ?? Number.NaN,
        number: neurons.number,
        changing: true,
      };
      return meanOfValue(probe, value, count, steps);
    }
  }
}

/** Adds the sum over the steps of a part to `total`, element by element. */
function addValue(
  value: PlannedValue,
  { steps }: RunPart,
  workspace: Workspace,
  total: Float64Array,
  from: number,
): void {
  const size = sizeOf(value.shape);
  const stride = sizeIn(value.layout);
  const numbers = workspace.numbers(value.number, value.offset, value.changing ? steps * stride : stride);
  for (let t = 0; t < steps; t++) {
    const begin = value.changing ? t * stride : 0;
    for (let i = 0; i < size; i++) {
      total[from + i] = (total[from + i] ?? 0) + (numbers[begin + placeOf(value.layout, i)] ?? 0);
    }
  }
}

function meanOfValue(probe: Probe, value: PlannedValue, count: number, steps: number): Recorder {
  const size = sizeOf(value.shape);
  const total = new Float64Array(count * size);
  return {
    after: value.completedAt,
    note: (part, workspace) => addValue(value, part, workspace, total, part.image * size),
    finish: () => ({
      probe,
      shape: [count, ...value.shape],
      data: Float32Array.from(total, (sum, i) => (sum * factorOf(value, i % size)) / steps),
    }),
  };
}

/** The factor yet to be applied to element `i` of a value. */
export function factorOf({ factor, layout }: PlannedValue, i: number): number {
  if (factor === undefined) return 1;
  return factor.data[factor.per === 'channel' ? i % layout.channels : i] ?? 1;
}
