import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { analogHead, applyRule, shapeAt, sizeOf } from '@rheobase/network';
import { forEachConnection } from './connections.js';

/**
 * What an element of a value is made of, as a sum of these flags; 0 for the zeros of padding, which carry nothing.
 *
 * - `spikes`: spikes of neurons, at most moved about, averaged or summed
 * - `constant`: the input, or what is computed from it alone: the same at every time step
 * - `analog`: anything else, such as the value of a layer that reads spikes, of an analog activation or of the analog head
 */
export const signal = { spikes: 1, constant: 2, analog: 4 } as const;

/** The signals of every element of every node's value, row-major. */
export function signalsOf(network: Network, shapes: ReadonlyMap<string, Shape>): ReadonlyMap<string, Uint8Array> {
  const signals = new Map<string, Uint8Array>();
  const head = analogHead(network);
  for (const node of network.nodes) {
    const shape = shapeAt(shapes, node.name);
    const inputs = node.inputs.map((name) => signals.get(name) ?? new Uint8Array(0));
    if (head.has(node.name)) {
      signals.set(node.name, new Uint8Array(sizeOf(shape)).fill(changes(inputs) ? signal.analog : signal.constant));
      continue;
    }
    signals.set(node.name, signalsAt(network, node, shape, inputs, shapes));
  }
  return signals;
}

/** Whether any element of values changes over the steps. */
const changes = (values: readonly Uint8Array[]): boolean =>
  values.some((value) => value.some((flags) => (flags & (signal.spikes | signal.analog)) !== 0));

function signalsAt(
  network: Network,
  node: NetworkNode,
  shape: Shape,
  inputs: readonly Uint8Array[],
  shapes: ReadonlyMap<string, Shape>,
): Uint8Array {
  const elements = new Uint8Array(sizeOf(shape));
  const moved = (plain: NetworkNode): Uint8Array => {
    const from = plain.inputs.map((name) => shapeAt(shapes, name));
    forEachConnection(network, plain, from, shape, (slot, source, to) => {
      elements[to] = (elements[to] ?? 0) | (inputs[slot]?.[source] ?? 0);
    });
    return elements;
  };
  return applyRule(node, {
    input: () => elements.fill(signal.constant),
    neuron: () => elements.fill(signal.spikes),
    activation: () => elements.fill(signal.analog),
    weighted: () => elements.fill(changes(inputs) ? signal.analog : signal.constant),
    // The offset of a batch norm fills padding with constants.
    batchNorm: (norm) => moved(norm).map((flags) => flags || signal.constant),
    plain: moved,
  });
}
