import type { KernelMemory } from '@rheobase/spike-kernels';
import type { InitialPotentials, Probe, ProbeRecord, SimulationResult } from '@rheobase/network';
import { assertFiniteValues, NetworkError, sizeOf } from '@rheobase/network';
import type { SpikeKernels } from '@rheobase/spike-kernels';
import { headRun } from './head-over-time.js';
import type { NumberFormat, Plan, PlannedNeurons, PlannedValue } from './plan.js';
import { overflowGuards } from './overflow-guards.js';
import { stepBiasWriter } from './step-bias-writer.js';
import type { Recorder, RunPart } from './probe-record.js';
import type { Workspace } from './workspace.js';
import { stepWorth } from './step-worth.js';
import { factorOf, placeOf, recorderOf, sizeIn } from './probe-record.js';

/** Images by input node: row-major `[N, …shape]`, or `[T, N, …shape]` of inputs with frames. */
export interface PlanBatch {
  readonly count: number;
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** The inputs that have frames. */
  readonly framed: ReadonlySet<string>;
}

export interface RunOptions {
  /** T */
  readonly steps: number;
  readonly probes: readonly Probe[];
  /** Injected spikes, which replace a population's own after those are recorded: signed, `[T, N, …shape]`. */
  readonly spikes: ReadonlyMap<string, Int8Array>;
  /** Initial potentials, replacing V(0): `[N, …shape]`. */
  readonly potentials: InitialPotentials;
}

/** What a plan runs on. */
export interface Machine {
  readonly memory: KernelMemory;
  readonly kernels: SpikeKernels;
  /** Address of its workspace. */
  readonly workspace: number;
}

type Call = () => void;

/** The plan's calls with addresses resolved, for a part of `steps` steps. */
function callsOf(plan: Plan, { kernels, workspace }: Machine, steps: number): readonly Call[] {
  return plan.calls.map(({ kernel, arguments: given }) => {
    const run = kernels[kernel];
    const numbers = given.map((argument) => {
      switch (argument.kind) {
        case 'number':
          return argument.value;
        case 'workspace':
          return workspace + argument.offset;
        case 'steps':
          return argument.factor * steps;
      }
    });
    const [first = 0, second = 0] = numbers;
    // The frequent calls, without an array of arguments for each.
    if (numbers.length === 2) return () => run(first, second);
    return () => run(...numbers);
  });
}

function writeStructures(plan: Plan, { memory, workspace }: Machine): Int32Array {
  const words = new Int32Array(memory.buffer, workspace, plan.structures.length);
  words.set(plan.structures);
  for (const i of plan.relocated) words[i] = (words[i] ?? 0) + workspace;
  return words;
}

/** Runs a plan on a batch, image by image, in parts of at most 32 steps, which fit a word. */
export function runPlan(plan: Plan, machine: Machine, batch: PlanBatch, options: RunOptions): SimulationResult {
  const { steps, probes } = options;
  const { memory, workspace: base } = machine;
  const words = writeStructures(plan, machine);
  const workspace: Workspace = {
    words: (offset, count) => new Uint32Array(memory.buffer, base + offset, count),
    numbers: (number: NumberFormat, offset, count) =>
      new (number === 'f32' ? Float32Array : Int32Array)(memory.buffer, base + offset, count),
  };
  const head = plan.head && headRun(plan.head, batch.count, steps, plan.growth);
  const recorders = probes.map((probe) => head?.recorderOf(probe) ?? recorderOf(plan, probe, batch.count, steps));
  const readOuts = [...plan.outputs].map(([name, value]) => readOut(name, value, batch.count, steps, plan.growth));
  const injected = [...options.spikes].map(([name, spikes]) =>
    injector(name, plan.neurons.get(name), spikes, batch.count, steps),
  );
  const started = new Map(
    [...options.potentials].map(([name, given]) => [name, starter(name, plan.neurons.get(name), given, batch.count)]),
  );
  const last = plan.calls.length - 1;
  const guards = overflowGuards(plan, options);
  const pauses = [...new Set([...[...recorders, ...injected, ...guards].map(({ after }) => after), last])].sort(
    (a, b) => a - b,
  );
  const calls = new Map<number, readonly Call[]>();
  let written = 0;
  const inputs = [...plan.inputs].map(([name, { offset, shape, changing }]) => {
    const given = batch.inputs.get(name);
    if (given === undefined) throw new NetworkError([{ subject: name, message: 'this input was given no values' }]);
    return { given, offset, size: sizeOf(shape), changing };
  });

  const writeStepBiases = stepBiasWriter(plan);

  for (let image = 0; image < batch.count; image++) {
    for (let before = 0; before < steps; before += plan.steps) {
      const part: RunPart = { image, before, steps: Math.min(plan.steps, steps - before) };
      for (const { given, offset, size, changing } of inputs) {
        if (!changing && before > 0) continue;
        for (let t = 0; t < (changing ? part.steps : 1); t++) {
          const from = ((changing ? before + t : 0) * batch.count + image) * size;
          workspace.numbers('f32', offset + 4 * t * size, size).set(given.subarray(from, from + size));
        }
      }
      writeStepBiases(part, workspace);
      if (written !== part.steps) {
        for (const i of plan.stepWords) words[i] = part.steps;
        written = part.steps;
      }
      for (const { node, word, pitchWord, first, firstPitch, later, laterPitch } of plan.starts) {
        const start = before === 0 ? started.get(node) : undefined;
        start?.(image, workspace);
        const goesOn = before > 0 || start !== undefined;
        words[word] = goesOn ? base + later : first;
        words[pitchWord] = goesOn ? laterPitch : firstPitch;
      }
      for (const { word, later } of plan.carried) words[word] = before > 0 ? base + later : 0;
      const now = calls.get(part.steps) ?? callsOf(plan, machine, part.steps);
      calls.set(part.steps, now);
      let next = 0;
      for (const pause of pauses) {
        for (; next <= pause; next++) now[next]?.();
        for (const { after, check } of guards) if (after === pause) check(part, workspace);
        for (const recorder of recorders) if (recorder.after === pause) recorder.note(part, workspace);
        for (const { after, inject } of injected) if (after === pause) inject(part, workspace);
      }
      for (const { note } of readOuts) note(part, workspace);
      head?.note(part, workspace);
    }
  }
  head?.assertFinite();
  const outputs = [...readOuts, ...(head?.outputs ?? [])];
  for (const { name, data } of outputs) assertFiniteValues(name, 'values', data);
  return {
    steps,
    outputs: new Map(outputs.map(({ name, shape, data }) => [name, { shape, data }])),
    records: recorders.map((recorder: Recorder): ProbeRecord => recorder.finish()),
  };
}

/** The mean of a value over steps 1…t, for every t; with growth λ the sum of λ^−(t−1)·x(t), where a constant counts once. */
function readOut(name: string, value: PlannedValue, count: number, steps: number, growth?: number) {
  const size = sizeOf(value.shape);
  const stride = sizeIn(value.layout);
  const data = new Float32Array(steps * count * size);
  const total = new Float64Array(size);
  const note = ({ image, before, steps: now }: RunPart, workspace: Workspace): void => {
    if (before === 0) total.fill(0);
    const numbers = workspace.numbers(value.number, value.offset, value.changing ? now * stride : stride);
    for (let t = 0; t < now; t++) {
      const begin = value.changing ? t * stride : 0;
      const to = ((before + t) * count + image) * size;
      const worth = stepWorth(growth, before + t, value.changing);
      const divisor = growth === undefined ? before + t + 1 : 1;
      for (let i = 0; i < size; i++) {
        const sum = (total[i] ?? 0) + worth * (numbers[begin + placeOf(value.layout, i)] ?? 0);
        total[i] = sum;
        data[to + i] = (sum * factorOf(value, i)) / divisor;
      }
    }
  };
  return { name, shape: [steps, count, ...value.shape], data, note };
}

/** Writes a population's initial potentials for an image. */
function starter(name: string, neurons: PlannedNeurons | undefined, given: Float32Array, count: number) {
  if (neurons?.potential === undefined) {
    throw new NetworkError([
      { subject: name, message: 'potentials are given for it, but it is not a neuron of the network' },
    ]);
  }
  const { shape, layout, potential, number } = neurons;
  const size = sizeOf(shape);
  if (given.length !== count * size) {
    throw new NetworkError([
      {
        subject: name,
        message: `${given.length} potentials are given for it where N × neurons = ${count * size} are needed`,
      },
    ]);
  }
  return (image: number, workspace: Workspace): void => {
    const numbers = workspace.numbers(number, potential, sizeIn(layout)).fill(0);
    for (let i = 0; i < size; i++) numbers[placeOf(layout, i)] = given[image * size + i] ?? 0;
  };
}

/** Replaces a population's spikes with injected ones. */
function injector(name: string, neurons: PlannedNeurons | undefined, given: Int8Array, count: number, steps: number) {
  if (neurons === undefined)
    throw new NetworkError([
      { subject: name, message: 'spikes are given for it, but it is not a neuron of the network' },
    ]);
  const { shape, layout, spikes, negativeSpikes, levels } = neurons;
  const size = sizeOf(shape);
  if (given.length !== steps * count * size) {
    throw new NetworkError([
      {
        subject: name,
        message: `${given.length} spikes are given for it where T × N × neurons = ${steps * count * size} are needed`,
      },
    ]);
  }
  const most = 2 ** levels - 1;
  const inject = ({ image, before, steps: now }: RunPart, workspace: Workspace): void => {
    for (let level = 0; level < levels; level++) {
      const from = 4 * level * sizeIn(layout);
      const positive = workspace.words(spikes + from, sizeIn(layout));
      const negative =
        negativeSpikes === undefined ? undefined : workspace.words(negativeSpikes + from, sizeIn(layout));
      for (let i = 0; i < size; i++) {
        let [plus, minus] = [0, 0];
        for (let t = 0; t < now; t++) {
          const spike = given[((before + t) * count + image) * size + i] ?? 0;
          const bit = (Math.min(Math.abs(spike), most) >> level) & 1;
          if (spike > 0) plus |= bit << t;
          else minus |= bit << t;
        }
        positive[placeOf(layout, i)] = plus;
        if (negative !== undefined) negative[placeOf(layout, i)] = minus;
      }
    }
  };
  return { after: neurons.completedAt, inject };
}
