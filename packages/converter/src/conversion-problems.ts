import type { Network, NetworkNode } from '@rheobase/network';
import { consumersOf, isAnalog, isWeighted } from '@rheobase/network';
import { usualReplacement } from './replace-functions.js';

/** An operation that a spiking network cannot compute where it stands. */
export interface ConversionProblem {
  readonly node: string;
  /** What it computes: `hardswish`, `multiply`, `softmax`. */
  readonly operation: string;
  readonly reason: string;
  /** What can be done instead, best first. */
  readonly waysOut: readonly string[];
}

/** What is downstream of a node. */
interface Downstream {
  /** An activation site that the node reaches without a layer in between. */
  readonly direct?: string;
  /** A layer with weights, and a site or output that the node reaches over it. */
  readonly over?: { readonly layer: string; readonly end: string };
}

/**
 * The analog nodes between activation sites: a path leads from them over a layer with weights to a site. Neurons pass on spikes, of which linear
 * operations and further neurons can be computed and nothing else. What no layer and site follow is the analog head, which is computed on means
 * over time (docs/decisions/0038). In a network without sites, outputs take their place: there it is every analog node that a layer follows.
 */
export function conversionProblems(network: Network): readonly ConversionProblem[] {
  const hasSites = network.nodes.some(({ op }) => op === 'activation');
  const downstream = downstreamOf(network, hasSites ? 'activation' : 'output');
  const found = network.nodes.flatMap((node) => {
    const over = downstream.get(node.name)?.over;
    return isAnalog(node) && over !== undefined ? [{ node, over }] : [];
  });
  const ways = waysOut(found.map(({ node }) => node));
  return found.map(({ node, over }): ConversionProblem => {
    const operation = operationOf(node);
    const reason = hasSites
      ? `'${operation}' between activation sites: it leads through '${over.layer}' to the site '${over.end}', but only sums of spikes can be computed there`
      : `'${operation}' before the layer '${over.layer}' of a network without activation sites, which would have no neurons`;
    return { node: node.name, operation, reason, waysOut: ways(node) };
  });
}

/** A problem in one sentence. */
export const describeProblem = ({ reason, waysOut }: ConversionProblem): string =>
  `${reason}; ${waysOut.join(', or ')}`;

const operationOf = (node: NetworkNode): string => ('function' in node ? node.function : node.op);

function downstreamOf(network: Network, end: 'activation' | 'output'): ReadonlyMap<string, Downstream> {
  const consumers = consumersOf(network);
  const found = new Map<string, Downstream>();
  for (const { name } of network.nodes.toReversed()) {
    const readers = consumers.get(name) ?? [];
    const direct = readers
      .map((reader) => (reader.op === end ? reader.name : found.get(reader.name)?.direct))
      .find((site) => site !== undefined);
    const over = readers
      .map((reader) => {
        const behind = found.get(reader.name);
        return isWeighted(reader) && behind?.direct !== undefined
          ? { layer: reader.name, end: behind.direct }
          : behind?.over;
      })
      .find((path) => path !== undefined);
    found.set(name, { ...(direct !== undefined && { direct }), ...(over !== undefined && { over }) });
  }
  return found;
}

/**
 * What can be done about each of a network's refused nodes. Replacements are offered only if they remove all refusals together, as one command; next to
 * a node that has none they would only lead to the next refusal.
 */
function waysOut(refused: readonly NetworkNode[]): (node: NetworkNode) => readonly string[] {
  const replacements = new Map(
    refused.flatMap((node) => {
      const by = replacementOf(node);
      return node.op === 'function' && by !== undefined ? [[node.function, by] as const] : [];
    }),
  );
  const all = [...replacements].map(([name, by]) => `${name}=${by}`).join(' ');
  const stays = refused.find((node) => replacementOf(node) === undefined);
  return (node) => {
    const own = replacementOf(node);
    if (own === undefined) return [withoutIt(node)];
    if (stays === undefined) {
      const what = replacements.size > 1 ? 'replace it and the others' : 'replace it';
      return [`${what} by activations that become neurons (--replace ${all}) and fine-tune the network after that`];
    }
    return [
      `replacing it does not help, because '${stays.name}' (${operationOf(stays)}) has no replacement: ${withoutIt(stays)}`,
    ];
  };
}

const replacementOf = (node: NetworkNode): string | undefined =>
  node.op === 'function' ? usualReplacement(node.function) : undefined;

function withoutIt(node: NetworkNode): string {
  if (node.op === 'combine')
    return 'use a network without products of activations (no squeeze-and-excitation, gates or attention)';
  if (node.op === 'softmax') return 'use a network without softmax attention';
  return 'use a network without it between its layers';
}
