import type { Network, NetworkNode, NodeOf, Shape } from '@rheobase/network';
import { analogHead, applyRule, consumersOf, inferShapes, NetworkError, shapeAt, sizeOf } from '@rheobase/network';
import { forEachConnection } from './connections.js';
import { readOutNodes } from './read-out.js';
import { signal, signalsOf } from './signals.js';
import { connectionsPerInput } from './weighted-connections.js';

/**
 * For every neuron node, by name and laid out as its shape: the number of accumulates that one spike of each neuron
 * causes.
 */
export interface FanOut {
  /** Accumulates into layers and neurons upstream of other neurons. */
  readonly hidden: ReadonlyMap<string, Float32Array>;
  /** Accumulates into the read-out: layers and outputs with no neuron downstream. */
  readonly readOut: ReadonlyMap<string, Float32Array>;
}

/** Accumulates caused by a spike at each element of a value. */
interface Cost {
  readonly hidden: Float64Array;
  readonly readOut: Float64Array;
}

/**
 * The fan-out of every neuron of a spiking network (METHOD §7), that is what one of its spikes costs:
 *
 * - in a convolution or dense layer, one accumulate for each weight that the spike meets: fewer at borders; strides,
 *   dilation and groups as they are; weights of zero included
 * - on a path to a neuron or an output without weights (a shortcut), one accumulate for each element it arrives at
 * - through pooling, upsampling, add, concat and the like, what the paths behind them cost: averages count as folded into
 *   the weights behind them
 * - through a max pooling over accumulated spikes (docs/decisions/0016), one for each window that the spike lies in, whose count it changes,
 *   and what the paths behind it cost as if each passed on: an upper bound, as a window passes on at most one spike a step
 * - where spikes are added to analog values before a layer, one: they are accumulated there, and the layer multiplies
 * - into the analog head, one accumulate for each element that it reads the mean of, as into an output; what it computes of the means costs nothing
 * - with several readers, the sum
 *
 * @throws {NetworkError} if shapes do not fit, or spikes reach an analog activation.
 */
export function fanOutOf(network: Network): FanOut {
  const shapes = inferShapes(network);
  const signals = signalsOf(network, shapes);
  const readOut = readOutNodes(network);
  const head = analogHead(network);
  const consumers = consumersOf(network);
  const costs = new Map<string, Cost>();
  const hidden = new Map<string, Float32Array>();
  const inReadOut = new Map<string, Float32Array>();

  for (const node of network.nodes.toReversed()) {
    const flags = signals.get(node.name) ?? new Uint8Array(0);
    if (!flags.some((kind) => (kind & signal.spikes) !== 0)) continue;
    const size = sizeOf(shapeAt(shapes, node.name));
    const cost: Cost = { hidden: new Float64Array(size), readOut: new Float64Array(size) };
    const readers = consumers.get(node.name) ?? [];
    // The sum over time that the head's mean is made of, however many of its nodes read it.
    if (readers.some(({ name }) => head.has(name))) cost.readOut.fill(1);
    for (const consumer of readers) {
      if (head.has(consumer.name)) continue;
      const part = readOut.has(consumer.name) ? cost.readOut : cost.hidden;
      const arrive = (): void => {
        part.forEach((_, i) => {
          part[i] = (part[i] ?? 0) + 1;
        });
      };
      const follow = (plain: NetworkNode): void =>
        addCostBehind(cost, network, node, plain, costs.get(plain.name), shapes);
      applyRule(consumer, {
        neuron: arrive,
        output: arrive,
        weighted: (layer) => {
          connectionsPerInput(network, layer, shapes).forEach((count, i) => {
            part[i] = (part[i] ?? 0) + (flags[i] === signal.spikes ? count : 1);
          });
        },
        maxPool: (pool) => {
          addWindows(part, network, pool, shapes);
          follow(pool);
        },
        activation: ({ name, op }) => {
          throw new NetworkError([
            {
              subject: name,
              message: `(${op}) spikes of '${node.name}' reach it, and its output is not a sum of them; convert the network first`,
            },
          ]);
        },
        plain: follow,
      });
    }
    costs.set(node.name, cost);
    if (node.op === 'neuron') {
      hidden.set(node.name, Float32Array.from(cost.hidden));
      inReadOut.set(node.name, Float32Array.from(cost.readOut));
    }
  }
  const inOrder = (of: ReadonlyMap<string, Float32Array>) => new Map([...of].toReversed());
  return { hidden: inOrder(hidden), readOut: inOrder(inReadOut) };
}

/** Adds one for each window of a pooling that an element lies in. */
function addWindows(
  part: Float64Array,
  network: Network,
  pool: NodeOf<'maxPool'>,
  shapes: ReadonlyMap<string, Shape>,
): void {
  forEachConnection(network, pool, [shapeAt(shapes, pool.inputs[0])], shapeAt(shapes, pool.name), (_, from) => {
    part[from] = (part[from] ?? 0) + 1;
  });
}

/** Adds to each element of a node what the elements of a weightless consumer cost that it reaches, path by path. */
function addCostBehind(
  cost: Cost,
  network: Network,
  node: NetworkNode,
  consumer: NetworkNode,
  behind: Cost | undefined,
  shapes: ReadonlyMap<string, Shape>,
): void {
  if (behind === undefined) return;
  const inputs = consumer.inputs.map((name) => shapeAt(shapes, name));
  forEachConnection(network, consumer, inputs, shapeAt(shapes, consumer.name), (slot, from, to) => {
    if (consumer.inputs[slot] !== node.name) return;
    cost.hidden[from] = (cost.hidden[from] ?? 0) + (behind.hidden[to] ?? 0);
    cost.readOut[from] = (cost.readOut[from] ?? 0) + (behind.readOut[to] ?? 0);
  });
}
