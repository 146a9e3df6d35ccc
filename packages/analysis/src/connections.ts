import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { forEachRun, mapsOf } from '@rheobase/network';

/** Called for every connection: element `from` of the node's input number `slot` reaches element `to` of its value. */
export type Connect = (slot: number, from: number, to: number) => void;

/**
 * Visits every connection of a node without weights: which input elements each element of its value is made from. An
 * average counts each element of its window that lies in the image.
 *
 * @param inputs shapes of the node's inputs
 * @param shape shape of its value
 */
export function forEachConnection(
  { parameters }: Network,
  node: NetworkNode,
  inputs: readonly Shape[],
  shape: Shape,
  connect: Connect,
): void {
  forEachRun(mapsOf(node, inputs, shape, parameters), inputs, shape, (slot, to, from, length) => {
    for (let i = 0; i < length; i += 1) connect(slot, from + i, to + i);
  });
}
