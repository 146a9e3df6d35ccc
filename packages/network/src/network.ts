import type { NetworkNode } from './node.js';
import type { Parameter } from './parameter.js';
import { unknownName } from './registry.js';
import { saidOnce } from './said-once.js';
import { someOf } from './some-of.js';

/**
 * A network as plain data. `nodes` are in topological order. A network is immutable: every step of the method returns a new one that shares what did
 * not change.
 */
export interface Network {
  readonly nodes: readonly NetworkNode[];
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Free text about the network: its model, its source, its processing steps. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A fault of a network, at a node or parameter; what {@link validateNetwork} lists and {@link NetworkError} carries. */
export interface NetworkProblem {
  /** The node or parameter at fault. */
  readonly subject: string;
  readonly message: string;
}

/** Faults that a message lists; an early fault in a large network can cause thousands. */
const mostListed = 40;

/** Characters of one fault, which may list the node's inputs. */
const longestFault = 2000;

const cut = (message: string): string =>
  message.length > longestFault ? `${message.slice(0, longestFault)}…` : message;

function inWords(problems: readonly NetworkProblem[]): string {
  const { shown, left } = someOf(saidOnce(problems), mostListed);
  const lines = shown.map(({ subjects, message }) => `${subjects}: ${cut(message)}`);
  if (left > 0) lines.push(`… and ${left} more problems.`);
  return lines.join('\n');
}

/** Thrown when a network is not well-formed; its message says each fault once, with the nodes that have it; at most the first 40. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly problems: readonly NetworkProblem[];

  constructor(problems: readonly NetworkProblem[]) {
    super(inWords(problems));
    this.problems = problems;
  }
}

/**
 * The parameter of that name.
 *
 * @throws {NetworkError} if the network has none.
 */
export function parameterOf(network: Network, name: string): Parameter {
  const parameter = network.parameters.get(name);
  if (parameter === undefined) {
    throw new NetworkError([
      { subject: name, message: unknownName('parameter', name, [...network.parameters.keys()]) },
    ]);
  }
  return parameter;
}

/**
 * The node of that name.
 *
 * @throws {NetworkError} if the network has none.
 */
export function nodeOf(network: Network, name: string): NetworkNode {
  const node = nodesByName(network.nodes).get(name);
  if (node === undefined) {
    const names = network.nodes.map((other) => other.name);
    throw new NetworkError([{ subject: name, message: unknownName('node', name, names) }]);
  }
  return node;
}

const indexes = new WeakMap<readonly NetworkNode[], ReadonlyMap<string, NetworkNode>>();

/** Cached per list of nodes, which never changes: it is read for every node, and some networks have thousands. */
function nodesByName(nodes: readonly NetworkNode[]): ReadonlyMap<string, NetworkNode> {
  const found = indexes.get(nodes);
  if (found !== undefined) return found;
  // The first of two with the same name, which no valid network has.
  const index = new Map(nodes.toReversed().map((node) => [node.name, node]));
  indexes.set(nodes, index);
  return index;
}

/** For every node, the nodes that read its value, in network order. */
export function consumersOf(network: Network): ReadonlyMap<string, readonly NetworkNode[]> {
  const consumers = new Map<string, NetworkNode[]>(network.nodes.map((node) => [node.name, []]));
  for (const node of network.nodes) {
    for (const input of new Set<string>(node.inputs)) consumers.get(input)?.push(node);
  }
  return consumers;
}
