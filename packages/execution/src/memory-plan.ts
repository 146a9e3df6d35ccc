import type { Network, NetworkNode, NeuronDefinition, Registry } from '@rheobase/network';
import {
  analogHead,
  applyRule,
  firesBinary,
  inferShapes,
  knownNeurons,
  nodeOf,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import { tensorMemoryLimit } from '@rheobase/tfjs-wasm-training';
import { tensorOperationOf } from './evaluate-node.js';
import { lastReads } from './value-lifetimes.js';

/** Which values a run keeps. */
export interface MemoryPlanOptions {
  /** Names of nodes whose values are recorded. */
  readonly record?: readonly string[];
  /** The known neuron models. Default: `knownNeurons`, the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

/** The backend memory that running a network takes; upper bounds, in bytes. */
export interface MemoryPlan {
  /** Bytes of the parameters, and of the faster-to-read copies of weights that tfjs' kernels keep. */
  readonly parameterBytes: number;
  /** Peak bytes per image of a batch. */
  readonly bytesPerImage: number;
  /** The node at which the peak occurs. */
  readonly node: string;
}

const bytesPerNumber = 4;

/**
 * Memory of an inference: `run` for an analog network, `simulate` for a spiking one, with any number of steps.
 *
 * @throws {NetworkError} if shapes do not fit, or a recorded node is not in the network.
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
  // Constant values that changing nodes read are kept for all steps.
  for (const { name, inputs } of network.nodes) {
    if (changing.has(name)) for (const input of inputs) if (!changing.has(input)) kept.add(input);
    if (changing.size > 0 && record.includes(name)) kept.add(name);
  }
  const headReads = readByHead(network, changing);
  for (const name of headReads) kept.add(name);
  const done = lastReads(network.nodes, kept);
  let [states, live] = [0, 0];
  for (const node of network.nodes) if (changing.has(node.name)) states += stateBytes(node, bytesOf);
  // Their sums before and after the step, and the mean.
  for (const name of headReads) states += 3 * bytesOf(name);

  let most = { bytesPerImage: 0, node: network.nodes[0]?.name ?? '' };
  for (const node of network.nodes) {
    live += bytesOf(node.name);
    const bytesPerImage = states + live + scratchBytes(node, bytesOf, neurons);
    if (bytesPerImage > most.bytesPerImage) most = { bytesPerImage, node: node.name };
    // The caller's inputs are kept.
    for (const name of done.get(node.name) ?? []) if (nodeOf(network, name).op !== 'input') live -= bytesOf(name);
  }
  let parameterBytes = 0;
  for (const { data } of network.parameters.values()) parameterBytes += 2 * bytesPerNumber * data.length;
  return { parameterBytes, ...most };
}

/** Most bytes that a batch's values take: more images at a time are not faster. */
const usualBytes = 2 ** 30;
/** Fraction of the memory that is planned with: freed blocks do not always fit the next allocation. */
const usableShare = 0.6;

/** Options of `fittingBatch`. */
export interface FittingBatchOptions extends MemoryPlanOptions {
  /** The most images to run at a time. */
  readonly most: number;
  /** Total bytes that the backend may use. Default: the most it can grow to. */
  readonly memoryBytes?: number;
}

/**
 * How many images to run at a time, such that their values stay below 1 GiB and fit the backend's memory. At least 1, even if a single image might
 * not fit.
 *
 * @throws as `planMemory` does.
 */
export function fittingBatch(network: Network, { most, memoryBytes, ...plan }: FittingBatchOptions): number {
  const { parameterBytes, bytesPerImage } = planMemory(network, plan);
  const limit = memoryBytes ?? tensorMemoryLimit() ?? Infinity;
  const room = Math.min(usualBytes, usableShare * limit - parameterBytes);
  return Math.max(1, Math.min(most, Math.floor(room / bytesPerImage)));
}

/** Neurons and the nodes downstream of them. */
function behindNeurons({ nodes }: Network): ReadonlySet<string> {
  const changing = new Set<string>();
  for (const { name, op, inputs } of nodes) {
    if (op === 'neuron' || inputs.some((input) => changing.has(input))) changing.add(name);
  }
  return changing;
}

/** Changing values that the analog head reads. */
function readByHead(network: Network, changing: ReadonlySet<string>): ReadonlySet<string> {
  const head = analogHead(network);
  const inputs = network.nodes.filter(({ name }) => head.has(name)).flatMap((node) => node.inputs);
  return new Set(inputs.filter((name) => changing.has(name) && !head.has(name)));
}

/** State of a node between steps: a potential and one more number, or the sums of a max pooling. */
function stateBytes(node: NetworkNode, bytesOf: (name: string) => number): number {
  if (node.op === 'neuron') return 2 * bytesOf(node.name);
  return node.op === 'maxPool' ? bytesOf(node.name) + bytesOf(node.inputs[0]) : 0;
}

/** What a node needs while it is computed, excluding its inputs and result. */
function scratchBytes(
  node: NetworkNode,
  bytesOf: (name: string) => number,
  neurons: Registry<NeuronDefinition>,
): number {
  const own = bytesOf(node.name);
  return applyRule(node, {
    input: () => 0,
    activation: ({ activation }) => (activation.kind === 'relu' ? 0 : 4 * own),
    // Negative spikes and counts take many operations, and a step without a descriptor may take as many.
    neuron: ({ neuron, stepBias }) =>
      ((firesBinary(neuron.kind, neurons) ? 8 : 30) + (stepBias === undefined ? 0 : 1)) * own,
    plain: (plain) => tensorOperationOf(plain).scratch?.(plain, own, bytesOf(plain.inputs[0] ?? '')) ?? 3 * own,
  });
}
