import type { BatchNormNode, Network, NetworkNode, Parameter } from '@rheobase/network';
import { consumersOf, isWeighted, parameterOf } from '@rheobase/network';

/** What to do with a batch norm that cannot be folded: refuse it, or let a depthwise 1×1 convolution compute it. */
export type UnfoldableBatchNorm = 'refuse' | 'depthwise';

export interface FoldingOptions {
  /** Default `refuse`. */
  readonly unfoldable?: UnfoldableBatchNorm;
}

/** How a batch norm will be folded. */
export type Folding =
  | { readonly kind: 'fold'; readonly into: string }
  | { readonly kind: 'depthwise'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/** y = factor·x + offset by channel: a batch norm in inference, in float64. */
export interface ChannelAffine {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

/** γ/√(σ² + ε) and β − μ·γ/√(σ² + ε) of a batch norm. */
export function affineOf(network: Network, node: BatchNormNode): ChannelAffine {
  const [scale, offset, mean, variance] = [node.scale, node.offset, node.mean, node.variance].map(
    (name) => parameterOf(network, name).data,
  );
  const factor = Float64Array.from(scale ?? [], (gamma, c) => gamma / Math.sqrt((variance?.[c] ?? 0) + node.epsilon));
  return {
    factor,
    offset: factor.map((value, c) => (offset?.[c] ?? 0) - (mean?.[c] ?? 0) * value),
  };
}

function quantized(name: string, parameter: Parameter): string | undefined {
  return parameter.type === 'float32'
    ? undefined
    : `'${name}' is ${parameter.type}, and only float32 weights can take in a batch norm; fold before quantizing`;
}

/**
 * Decides for every batch norm whether it can be folded into the convolution or dense layer before it. Consecutive batch norms are folded into the
 * same layer.
 */
export function planFolding(
  network: Network,
  { unfoldable = 'refuse' }: FoldingOptions = {},
): ReadonlyMap<string, Folding> {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const consumers = consumersOf(network);
  const plan = new Map<string, Folding>();

  const targetOf = (name: string): NetworkNode | undefined => {
    const folding = plan.get(name);
    return nodes.get(folding?.kind === 'fold' ? folding.into : name);
  };
  for (const node of network.nodes) {
    if (node.op !== 'batchNorm') continue;
    const [input] = node.inputs;
    const target = targetOf(input);
    const others = (consumers.get(input) ?? []).filter((consumer) => consumer !== node);
    const unable = (reason: string) =>
      plan.set(
        node.name,
        unfoldable === 'depthwise'
          ? { kind: 'depthwise', reason }
          : { kind: 'refuse', reason: `${reason}; if a further layer is acceptable, pass unfoldable: 'depthwise'` },
      );
    if (!isWeighted(target)) {
      unable(`there is no convolution or dense layer right before it to fold into, but '${input}' (${target?.op})`);
    } else if (others.length > 0) {
      const readers = others.map(({ name }) => `'${name}'`).join(', ');
      unable(`'${input}' before it is also read by ${readers}, which must not see the folded values`);
    } else {
      const reason = quantized(target.weight, parameterOf(network, target.weight));
      if (reason === undefined) plan.set(node.name, { kind: 'fold', into: target.name });
      else unable(reason);
    }
  }
  return plan;
}
