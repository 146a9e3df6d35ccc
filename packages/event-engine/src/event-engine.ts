import type {
  ImageBatch,
  InitialPotentials,
  Network,
  NeuronDefinition,
  NodeOf,
  Probe,
  Registry,
  SimulateOptions,
  SimulationResult,
} from '@rheobase/network';
import {
  assertFiniteInputs,
  assertFrames,
  describeShape,
  isIntegerNetwork,
  knownNeurons,
  NetworkError,
  sizeOf,
} from '@rheobase/network';
import type { SpikeKernels } from '@rheobase/spike-kernels';
import { compileSpikeKernels, instantiateSpikeKernels, wordSteps } from '@rheobase/spike-kernels';
import { compile } from './compile.js';
import type { Observations } from './compilation.js';
import type { EngineMemory } from './engine-memory.js';
import { engineMemory } from './engine-memory.js';
import type { Plan } from './plan.js';
import { observationsOf } from './probe-record.js';
import { refusal } from './refusal.js';
import type { PlanBatch, RunOptions } from './run-plan.js';
import { runPlan } from './run-plan.js';

export interface EventSimulateOptions extends SimulateOptions {
  /**
   * Injected spikes, which replace a neuron node's own after those are recorded: signed, `[T, N, …shape]`. With a reference's spikes at every node,
   * each layer can be compared on the same input.
   */
  readonly spikes?: ReadonlyMap<string, Int8Array>;
}

export interface EventEngineOptions {
  /** The known neuron models; a kernel is chosen by a model's descriptor. Default: {@link knownNeurons}. */
  readonly neurons?: Registry<NeuronDefinition>;
  /** Location of the kernels' file. Default: next to \@rheobase/spike-kernels' own files. */
  readonly location?: string | URL;
  /**
   * Greatest size in bytes for keeping a layer's weights as tables of sums, which handle eight channels as one event. They are faster at usual firing
   * rates, but cost the same whether or not neurons fire. Default: 640 KiB; with 0, only spikes cost.
   */
  readonly tableBytes?: number;
  /** Most bytes of WebAssembly memory. Default: 4 GiB. */
  readonly mostMemoryBytes?: number;
}

/** A spiking network, ready to run on the event kernels. */
export interface EventEngine {
  /** Number format of the weights: int8, with int32 potentials, for an integer network from `toInteger`. */
  readonly precision: 'float32' | 'int8';
  /**
   * Simulates a batch: one array per input, or a single one if there is one input.
   *
   * @throws {NetworkError} if inputs, probes or potentials do not fit the network, inputs are not finite, potentials or outputs become NaN or
   *   infinite, or, in integers, potentials or other sums over the steps could overflow.
   * @throws {EngineMemoryFullError} if the batch needs more memory than is available; smaller ones still run.
   */
  simulate(batch: ImageBatch | Readonly<Record<string, ImageBatch>>, options: EventSimulateOptions): SimulationResult;
  /** Bytes of WebAssembly memory in use: constants and workspace. */
  readonly memoryBytes: number;
}

/** Compiles and caches plans for one network; weights are packed once. */
export interface PlanStore {
  readonly memory: EngineMemory;
  /** @param framed the inputs that have frames */
  planFor(steps: number, probes: readonly Probe[], potentials?: InitialPotentials, framed?: ReadonlySet<string>): Plan;
}

export function planStore(
  network: Network,
  memory: EngineMemory,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): PlanStore {
  const plans = new Map<string, Plan>();
  return {
    memory,
    planFor(steps, probes, potentials = new Map(), framed = new Set()) {
      if (!Number.isSafeInteger(steps) || steps < 1) {
        throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
      }
      const probed = observationsOf(network, probes);
      if (potentials.size > 0) assertStarts(network, potentials);
      const observed = { ...probed, potentials: new Set([...probed.potentials, ...potentials.keys()]) };
      const [atOnce, resumed] = [Math.min(steps, wordSteps), steps > wordSteps];
      const key = JSON.stringify([atOnce, resumed, ...sortedNames(observed), [...framed].sort()]);
      const plan = plans.get(key) ?? compile(network, memory, atOnce, resumed, observed, neurons, framed);
      plans.set(key, plan);
      if (plan.limit !== undefined && steps > plan.limit.steps) {
        throw refusal(
          plan.limit.node,
          `what it adds up over ${steps} steps could leave 32 bits; ${plan.limit.steps} are the most`,
        );
      }
      return plan;
    },
  };
}

function assertStarts(network: Network, potentials: InitialPotentials): void {
  for (const name of potentials.keys()) {
    const node = network.nodes.find((other) => other.name === name);
    const fail = (message: string): never => {
      throw new NetworkError([{ subject: name, message: `potentials are given for it, but it ${message}` }]);
    };
    if (node?.op !== 'neuron') fail('is not a neuron of the network');
    else if (isIntegerNetwork(network)) fail('computes with integers; give its V(0) as a parameter');
  }
}

function sortedNames({ values, currents, potentials }: Observations): readonly (readonly string[])[] {
  return [values, currents, potentials].map((names) => [...names].sort());
}

/**
 * The inputs of a batch by name, and the number of images.
 *
 * @param steps T
 * @throws {NetworkError} naming the input that is missing, unknown, ill-shaped or not finite.
 */
export function batchOf(
  network: Network,
  batch: ImageBatch | Readonly<Record<string, ImageBatch>>,
  steps: number,
): PlanBatch {
  const nodes = network.nodes.filter((node): node is NodeOf<'input'> => node.op === 'input');
  const given = isBatch(batch)
    ? new Map(nodes.length === 1 ? nodes.map(({ name }) => [name, batch] as const) : [])
    : new Map(Object.entries(batch));
  const fail = (subject: string, message: string): never => {
    throw new NetworkError([{ subject, message }]);
  };
  let count: number | undefined;
  const inputs = nodes.map(({ name, shape }) => {
    const found = given.get(name) ?? fail(name, 'this input was given no batch; pass one for each input by name');
    const [images = 0, ...rest] = found.shape;
    assertFrames(name, found.frames, steps);
    const size = images * sizeOf(shape) * (found.frames ?? 1);
    if (describeShape(rest) !== describeShape(shape) || found.images.length !== size) {
      fail(
        name,
        `this input takes batches [N, ${shape.join(', ')}], but was given ${describeShape(found.shape)} with ${found.images.length} values${found.frames === undefined ? '' : ` in ${found.frames} frames`}`,
      );
    }
    if (count !== undefined && count !== images)
      fail(name, `it was given ${images} images where another input has ${count}`);
    count = images;
    assertFiniteInputs(name, found.images, images, found.frames);
    return { name, values: found.images, framed: found.frames !== undefined };
  });
  for (const name of given.keys()) {
    if (!nodes.some((node) => node.name === name)) {
      fail(name, `the network has no such input; it has ${nodes.map((node) => node.name).join(', ')}`);
    }
  }
  return {
    count: count ?? 0,
    inputs: new Map(inputs.map(({ name, values }) => [name, values])),
    framed: new Set(inputs.flatMap(({ name, framed }) => (framed ? [name] : []))),
  };
}

function isBatch(batch: ImageBatch | Readonly<Record<string, ImageBatch>>): batch is ImageBatch {
  return batch['images'] instanceof Float32Array && Array.isArray(batch['shape']);
}

/** Replaces a workspace when it becomes too small. */
export function growingWorkspace({ allocate }: EngineMemory): (bytes: number) => number {
  let [address, size] = [0, 0];
  return (bytes) => {
    if (bytes > size) [address, size] = [allocate(bytes), bytes];
    return address;
  };
}

/**
 * Creates an engine for a spiking network. It runs on the calling thread; for several, see `eventEnginePool` of \@rheobase/event-engine/node.
 *
 * @throws {NetworkError} naming the nodes and neurons that have no kernel.
 */
export async function eventEngine(
  network: Network,
  { neurons, location, tableBytes, mostMemoryBytes }: EventEngineOptions = {},
): Promise<EventEngine> {
  const memory = engineMemory({ tableBytes, mostBytes: mostMemoryBytes });
  const kernels: SpikeKernels = instantiateSpikeKernels(await compileSpikeKernels('own', location), memory.memory);
  const store = planStore(network, memory, neurons);
  const workspaceFor = growingWorkspace(memory);
  // Refuses now what cannot run.
  store.planFor(1, []);
  const options = ({
    steps,
    probes = [],
    spikes = new Map(),
    potentials = new Map(),
  }: EventSimulateOptions): RunOptions => ({ steps, probes, spikes, potentials });
  return {
    precision: precisionOf(network),
    simulate(batch, given) {
      const run = options(given);
      const images = batchOf(network, batch, run.steps);
      const plan = store.planFor(run.steps, run.probes, run.potentials, images.framed);
      const workspace = workspaceFor(plan.workspaceBytes);
      return runPlan(plan, { memory: memory.memory, kernels, workspace }, images, run);
    },
    get memoryBytes() {
      return memory.memory.buffer.byteLength;
    },
  };
}

export function precisionOf(network: Network): EventEngine['precision'] {
  return isIntegerNetwork(network) ? 'int8' : 'float32';
}
