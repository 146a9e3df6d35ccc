import type { Network, NetworkNode, NeuronDefinition, Registry } from '@rheobase/network';
import { applyRule, firesBinary, inferShapes, knownNeurons, nodeOf, shapeAt, sizeOf } from '@rheobase/network';
import { tensorMemoryLimit } from '@rheobase/tfjs-wasm-training';
import { tensorOperationOf } from './evaluate-node.js';
import { lastReads } from './value-lifetimes.js';

/** Which values a run keeps. */
export interface MemoryPlanOptions {
  /** Names of nodes whose values are recorded. */
  readonly record?: readonly string[];
  /** Which neuron models there are. Default: `knownNeurons`, the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

/** What running a network takes of the backend's memory; upper bounds, in bytes. */
export interface MemoryPlan {
  /** Of the parameters, and of the copy that tfjs' kernels make of weights to read them faster. */
  readonly parameterBytes: number;
  /** For each image of a batch, where it takes most. */
  readonly bytesPerImage: number;
  /** The node at which it does. */
  readonly node: string;
}

const bytesPerNumber = 4;

/**
 * What an inference of a network takes: `run` where it is analog, a time step of `simulate` where it has neurons, however many steps there are.
 *
 * @throws {NetworkError} if shapes do not fit, or a recorded node is none of the network's.
 */
export function planMemory(
  network: Network,
  { record = [], neurons = knownNeurons }: MemoryPlanOptions = {},
): MemoryPlan {
  for (const name of record) nodeOf(network, name);
  const shapes = inferShapes(network);
  const bytesOf = (name: string): number => bytesPerNumber * sizeOf(shapeAt(shapes, name));
  const changing = behindNeurons(network);
  const kept = new Set([...record, ...network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name)]);
  // What does not change over time stays for all steps once something that does reads it.
  for (const { name, inputs } of network.nodes) {
    if (changing.has(name)) for (const input of inputs) if (!changing.has(input)) kept.add(input);
    if (changing.size > 0 && record.includes(name)) kept.add(name);
  }
  const done = lastReads(network.nodes, kept);
  let [states, live] = [0, 0];
  for (const node of network.nodes) if (changing.has(node.name)) states += stateBytes(node, bytesOf);

  let most = { bytesPerImage: 0, node: network.nodes[0]?.name ?? '' };
  for (const node of network.nodes) {
    live += bytesOf(node.name);
    const bytesPerImage = states + live + scratchBytes(node, bytesOf, neurons);
    if (bytesPerImage > most.bytesPerImage) most = { bytesPerImage, node: node.name };
    // The caller's inputs stay.
    for (const name of done.get(node.name) ?? []) if (nodeOf(network, name).op !== 'input') live -= bytesOf(name);
  }
  let parameterBytes = 0;
  for (const { data } of network.parameters.values()) parameterBytes += 2 * bytesPerNumber * data.length;
  return { parameterBytes, ...most };
}

/** Values of a batch take so much at most: more images at a time are no faster. */
const usualBytes = 2 ** 30;
/** Share of the memory that is counted on: freed blocks do not always fit what comes next. */
const usableShare = 0.6;

/** How many images are to be run at a time. */
export interface FittingBatchOptions extends MemoryPlanOptions {
  /** The most. */
  readonly most: number;
  /** Bytes that the backend may have in all; what it can grow to unless given. */
  readonly memoryBytes?: number;
}

/**
 * How many images to run at a time, so that what they take stays below a gibibyte and fits the backend's memory: from 1, also where a single one
 * might not fit.
 *
 * @throws as `planMemory` does.
 */
export function fittingBatch(network: Network, { most, memoryBytes, ...plan }: FittingBatchOptions): number {
  const { parameterBytes, bytesPerImage } = planMemory(network, plan);
  const limit = memoryBytes ?? tensorMemoryLimit() ?? Infinity;
  const room = Math.min(usualBytes, usableShare * limit - parameterBytes);
  return Math.max(1, Math.min(most, Math.floor(room / bytesPerImage)));
}

/** Neurons, and the nodes behind them. */
function behindNeurons({ nodes }: Network): ReadonlySet<string> {
  const changing = new Set<string>();
  for (const { name, op, inputs } of nodes) {
    if (op === 'neuron' || inputs.some((input) => changing.has(input))) changing.add(name);
  }
  return changing;
}

/** What a node remembers from step to step: a potential and one more number, or what a max pooling has added up. */
function stateBytes(node: NetworkNode, bytesOf: (name: string) => number): number {
  if (node.op === 'neuron') return 2 * bytesOf(node.name);
  return node.op === 'maxPool' ? bytesOf(node.name) + bytesOf(node.inputs[0]) : 0;
}

/** What a node needs while it is computed, beside what it reads and gives. */
function scratchBytes(
  node: NetworkNode,
  bytesOf: (name: string) => number,
  neurons: Registry<NeuronDefinition>,
): number {
  const own = bytesOf(node.name);
  return applyRule(node, {
    input: () => 0,
    activation: ({ activation }) => (activation.kind === 'relu' ? 0 : 4 * own),
    // Negative spikes and counts take many operations, and a step that is not described may take as many.
    neuron: ({ neuron }) => (firesBinary(neuron.kind, neurons) ? 8 : 30) * own,
    plain: (plain) => tensorOperationOf(plain).scratch?.(plain, own, bytesOf(plain.inputs[0] ?? '')) ?? 3 * own,
  });
}
