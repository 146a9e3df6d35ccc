import type { Network, NetworkNode } from '@rheobase/network';
import { analogHead, isSite, isWeighted, NetworkError, nodeOf } from '@rheobase/network';

/**
 * What lies between a site and the sites before it: the part of a network that decides what the site does, once those before it
 * are settled.
 */
export interface Segment {
  /** A site (a neuron, or in an analog network an activation), or an output, whose segment is a read-out. */
  readonly end: string;
  /** The nodes whose values it starts from: sites and inputs, in network order. */
  readonly frontier: readonly string[];
  /** The nodes from there to the end, the end included, in network order. */
  readonly nodes: readonly string[];
  /**
   * The weighted nodes that are the site's own, in network order. Where addends meet, those of the one that comes from the
   * latest site are; what the others carry is shortcut current, and their weights stay (METHOD.md §6). A weighted node that
   * serves several sites belongs to the first of them.
   */
  readonly layer: readonly string[];
}

/** Sites and inputs; activations of the analog head, which conversion leaves in the read-out, are none. */
const isBoundary = (network: Network, node: NetworkNode): boolean =>
  node.op === 'input' || (isSite(node) && !analogHead(network).has(node.name));

/** The segments of all sites and outputs, in network order. */
export function segmentsOf(network: Network): readonly Segment[] {
  const latest = latestSources(network);
  const owned = new Set<string>();
  return network.nodes
    .filter((node) => node.op === 'output' || (isSite(node) && isBoundary(network, node)))
    .map((end) => {
      const { inside, frontier } = walkBack(network, end, ({ inputs }) => inputs);
      const trunk = walkBack(network, end, (node) => mainInputs(node, latest)).inside;
      const layer = network.nodes.filter((node) => isWeighted(node) && trunk.has(node.name) && !owned.has(node.name));
      for (const { name } of layer) owned.add(name);
      const inOrder = (names: ReadonlySet<string>): readonly string[] =>
        network.nodes.map(({ name }) => name).filter((name) => names.has(name));
      return {
        end: end.name,
        frontier: inOrder(frontier),
        nodes: inOrder(inside),
        layer: layer.map(({ name }) => name),
      };
    });
}

/**
 * The segment that ends at a node.
 *
 * @throws {NetworkError} if none does.
 */
export function segmentAt(segments: readonly Segment[], end: string): Segment {
  const segment = segments.find((candidate) => candidate.end === end);
  if (segment === undefined) {
    const message = `no segment ends here; these are the ends: ${segments.map((other) => other.end).join(', ')}`;
    throw new NetworkError([{ subject: end, message }]);
  }
  return segment;
}

/** By node: the place in the network of the latest site or input that its value comes from; its own if it is one. */
function latestSources(network: Network): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const [place, node] of network.nodes.entries()) {
    const own = isBoundary(network, node) ? place : Math.max(...node.inputs.map((name) => latest.get(name) ?? -1));
    latest.set(node.name, own);
  }
  return latest;
}

/** What a node reads, but at an addition only the addends that come from the latest source. */
function mainInputs(node: NetworkNode, latest: ReadonlyMap<string, number>): readonly string[] {
  if (node.op !== 'add') return node.inputs;
  const sources = node.inputs.map((name) => latest.get(name) ?? -1);
  return node.inputs.filter((_, i) => sources[i] === Math.max(...sources));
}

/** Everything that a node's value is made of, back to sites and inputs. */
function walkBack(
  network: Network,
  end: NetworkNode,
  inputsOf: (node: NetworkNode) => readonly string[],
): { readonly inside: ReadonlySet<string>; readonly frontier: ReadonlySet<string> } {
  const inside = new Set([end.name]);
  const frontier = new Set<string>();
  // A set visits what is added to it on the way.
  for (const name of inside) {
    for (const input of inputsOf(nodeOf(network, name))) {
      (isBoundary(network, nodeOf(network, input)) ? frontier : inside).add(input);
    }
  }
  return { inside, frontier };
}
