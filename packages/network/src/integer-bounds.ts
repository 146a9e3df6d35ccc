import { ownValue } from './own-value.js';
import { broadcast } from './broadcast.js';
import type { Network } from './network.js';
import { NetworkError, parameterOf } from './network.js';
import type { Conv2dNode, DenseNode, NetworkNode, NodeOf } from './node.js';
import type { Shape } from './shape.js';
import { sizeOf } from './shape.js';
import { inferShapes, shapeAt } from './shape-inference.js';
import type { NeuronSpec } from './spec.js';

/** The least and the greatest value that each channel of a node (the last axis of its shape) can have at a time step, `[C]`. */
export interface ValueBounds {
  readonly least: Float64Array;
  readonly greatest: Float64Array;
}

/**
 * Bounds of every node's value in an integer network, from its weights alone: whatever the images are, and whichever neurons fire. Zero is
 * always taken to be possible where a window can reach into padding. An engine chooses by them how many bits its sums need.
 *
 * @throws {NetworkError} for an operation or a neuron that an integer network cannot have.
 */
export function integerBounds(network: Network): ReadonlyMap<string, ValueBounds> {
  const shapes = inferShapes(network);
  const bounds = new Map<string, ValueBounds>();
  for (const node of network.nodes) {
    const inputs = node.inputs.map((name) => ({ shape: shapeAt(shapes, name), bounds: boundsAt(bounds, name) }));
    bounds.set(node.name, boundsOf(node, network, inputs, shapeAt(shapes, node.name)));
  }
  return bounds;
}

interface Bounded {
  readonly shape: Shape;
  readonly bounds: ValueBounds;
}

function boundsAt(bounds: ReadonlyMap<string, ValueBounds>, name: string): ValueBounds {
  const found = bounds.get(name);
  if (found === undefined) throw new NetworkError([{ subject: name, message: 'it has no bounds yet' }]);
  return found;
}

/** The bounds of each output channel of a weighted layer, from those of its inputs; zero inputs are always possible. */
function weightedBounds(node: Conv2dNode | DenseNode, network: Network, { least, greatest }: ValueBounds): ValueBounds {
  const weight = parameterOf(network, node.weight);
  const bias = node.bias === undefined ? undefined : parameterOf(network, node.bias).data;
  const outputs = weight.shape.at(-1) ?? 1;
  const perGroup = weight.shape.at(-2) ?? 1;
  const outputsPerGroup = outputs / (node.op === 'conv2d' ? node.groups : 1);
  const result = { least: new Float64Array(outputs), greatest: new Float64Array(outputs) };
  for (let i = 0; i < weight.data.length; i += 1) {
    const to = i % outputs;
    const from = Math.floor(to / outputsPerGroup) * perGroup + (Math.floor(i / outputs) % perGroup);
    const w = weight.data[i] ?? 0;
    const [low, high] = [Math.min(least[from] ?? 0, 0) * w, Math.max(greatest[from] ?? 0, 0) * w];
    result.least[to] = (result.least[to] ?? 0) + Math.min(low, high);
    result.greatest[to] = (result.greatest[to] ?? 0) + Math.max(low, high);
  }
  const shifted = (values: Float64Array) => values.map((value, c) => value + (bias?.[c] ?? 0));
  return { least: shifted(result.least), greatest: shifted(result.greatest) };
}

function boundsOf(node: NetworkNode, network: Network, inputs: readonly Bounded[], shape: Shape): ValueBounds {
  const channels = shape.at(-1) ?? 1;
  const every = (least: number, greatest: number): ValueBounds => ({
    least: new Float64Array(channels).fill(least),
    greatest: new Float64Array(channels).fill(greatest),
  });
  const [first = { shape: [], bounds: every(0, 0) }] = inputs;
  switch (node.op) {
    case 'input':
      return every(-Infinity, Infinity);
    case 'quantize':
      return every(-node.limit, node.limit);
    case 'conv2d':
    case 'dense':
      return weightedBounds(node, network, first.bounds);
    case 'neuron':
      return every(...spikesOf(node));
    case 'scale':
      return scaled(first.bounds, broadcast(parameterOf(network, node.factor), shape), channels);
    case 'avgPool':
      return each(withZero(first.bounds), (value) => value * node.size[0] * node.size[1]);
    case 'maxPool':
    case 'subsample':
    case 'upsample':
    case 'channelShuffle':
    case 'split':
    case 'concat':
    case 'pad':
      return moved(node, inputs);
    case 'add':
      return inputs.reduce((sum, { bounds }) => plus(sum, bounds), every(0, 0));
    case 'flatten':
    case 'reshape':
      return rearranged(first, shape);
    case 'output':
      return first.bounds;
    case 'batchNorm':
    case 'activation':
    case 'globalAvgPool':
      throw new NetworkError([
        {
          subject: node.name,
          message: `(${node.op}) an integer network cannot have it; convert the network with toInteger`,
        },
      ]);
  }
}

function spikesOf({ name, neuron, spikeValue }: NodeOf<'neuron'>): readonly [least: number, greatest: number] {
  if (spikeValue !== 'one') {
    throw new NetworkError([{ subject: name, message: 'its spikes are worth θ; an integer network’s are worth one' }]);
  }
  switch (neuron.kind) {
    case 'if':
    case 'if-shift':
    case 'if-hard':
    case 'lif':
      return [0, 1];
    case 'signed-if':
    case 'compensating-if':
      return [-1, 1];
    case 'burst':
      return [0, attribute(name, neuron, 'maximum')];
    default:
      throw new NetworkError([{ subject: name, message: `its neuron '${neuron.kind}' has no rule in whole numbers` }]);
  }
}

function attribute(node: string, { attributes }: NeuronSpec, name: string): number {
  const value = ownValue(attributes, name);
  if (value === undefined) throw new NetworkError([{ subject: node, message: `its neuron gives no '${name}'` }]);
  return value;
}

const each = ({ least, greatest }: ValueBounds, change: (value: number) => number): ValueBounds => ({
  least: least.map(change),
  greatest: greatest.map(change),
});

const plus = (a: ValueBounds, b: ValueBounds): ValueBounds => ({
  least: a.least.map((value, c) => value + (b.least[c] ?? 0)),
  greatest: a.greatest.map((value, c) => value + (b.greatest[c] ?? 0)),
});

const withZero = ({ least, greatest }: ValueBounds): ValueBounds => ({
  least: least.map((value) => Math.min(value, 0)),
  greatest: greatest.map((value) => Math.max(value, 0)),
});

/** @param factors one for each element, channels varying fastest */
function scaled(bounds: ValueBounds, factors: Float64Array, channels: number): ValueBounds {
  const least = new Float64Array(channels).fill(Infinity);
  const greatest = new Float64Array(channels).fill(-Infinity);
  factors.forEach((by, i) => {
    const c = i % channels;
    const ends = [(bounds.least[c] ?? 0) * by, (bounds.greatest[c] ?? 0) * by];
    least[c] = Math.min(least[c] ?? 0, ...ends);
    greatest[c] = Math.max(greatest[c] ?? 0, ...ends);
  });
  return { least, greatest };
}

function moved(
  node: NodeOf<'maxPool' | 'subsample' | 'upsample' | 'channelShuffle' | 'split' | 'concat' | 'pad'>,
  inputs: readonly Bounded[],
): ValueBounds {
  const change = (by: (values: readonly Float64Array[]) => Float64Array): ValueBounds => ({
    least: by(inputs.map(({ bounds }) => bounds.least)),
    greatest: by(inputs.map(({ bounds }) => bounds.greatest)),
  });
  switch (node.op) {
    case 'concat':
      return change((parts) => Float64Array.from(parts.flatMap((part) => [...part])));
    case 'split': {
      const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      return change(([values]) => (values ?? new Float64Array()).slice(begin, begin + (node.sizes[node.part] ?? 0)));
    }
    case 'channelShuffle':
      return change(([values = new Float64Array()]) => {
        const perGroup = values.length / node.groups;
        return values.map((_, c) => values[(c % node.groups) * perGroup + Math.floor(c / node.groups)] ?? 0);
      });
    case 'pad': {
      const { before, after } = node.channels;
      const { top, bottom, left, right } = node.padding;
      const extended = change(([values]) =>
        Float64Array.from([...new Float64Array(before), ...(values ?? []), ...new Float64Array(after)]),
      );
      return top + bottom + left + right > 0 ? withZero(extended) : extended;
    }
    default:
      return change(([values]) => values ?? new Float64Array());
  }
}

/** Bounds of a value whose elements stand in another shape: by element in a vector, and over all elements where channels get mixed. */
function rearranged({ shape, bounds: { least, greatest } }: Bounded, to: Shape): ValueBounds {
  const [from, channels] = [least.length, to.at(-1) ?? 1];
  if (channels === sizeOf(shape) || channels === from) {
    const repeat = (values: Float64Array) => new Float64Array(channels).map((_, i) => values[i % from] ?? 0);
    return { least: repeat(least), greatest: repeat(greatest) };
  }
  return {
    least: new Float64Array(channels).fill(least.reduce((a, b) => Math.min(a, b), Infinity)),
    greatest: new Float64Array(channels).fill(greatest.reduce((a, b) => Math.max(a, b), -Infinity)),
  };
}
