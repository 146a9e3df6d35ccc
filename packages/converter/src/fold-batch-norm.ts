import type {
  BatchNormNode,
  Conv2dNode,
  Network,
  NetworkNode,
  Parameter,
  Shape,
  WeightedNode,
} from '@rheobase/network';
import {
  assertValid,
  float32Parameter,
  freeName,
  inferShapes,
  isWeighted,
  noPadding,
  shapeAt,
  sizeOf,
  withInputs,
  withoutUnusedParameters,
} from '@rheobase/network';
import type { ChannelAffine, Folding, FoldingOptions } from './batch-norm-folding.js';
import { affineOf, planFolding } from './batch-norm-folding.js';
import type { ConversionReport } from './conversion-report.js';
import { assertConvertible } from './conversion-report.js';
import type { ParameterDraft } from './parameter-names.js';
import { parameterDraft } from './parameter-names.js';

/**
 * Folds every batch norm into the convolution or dense layer before it: w' = w·γ/√(σ² + ε) and b' = β + (b − μ)·γ/√(σ² + ε) by output channel, in
 * float64 (METHOD §2). Works for groups, depthwise convolutions and layers without a bias. Nodes that read the batch norm then read the layer.
 *
 * A batch norm is refused if no such layer comes directly before it, or if other nodes read that layer too. With `unfoldable: 'depthwise'` it is
 * replaced by a depthwise 1×1 convolution of the same name, which is exact, but adds a layer.
 *
 * @throws {ConversionError} if a batch norm is refused; its report says which and why.
 * @throws {NetworkError} if the network is not well-formed.
 */
export function foldBatchNorm(network: Network, options: FoldingOptions = {}): Network {
  assertValid(network);
  const plan = planFolding(network, options);
  assertConvertible(foldingReport(network, plan));
  return assertValid(applyFolding(network, plan));
}

function foldingReport(network: Network, plan: ReadonlyMap<string, Folding>): ConversionReport {
  return {
    entries: network.nodes.map(({ name, op }) => {
      const folding = plan.get(name);
      return {
        node: name,
        op,
        outcome: folding === undefined ? { kind: 'passed' } : foldingOutcome(folding),
        notes: [],
        warnings: [],
      };
    }),
  };
}

/** The outcome of a folding, for the report. */
export function foldingOutcome(folding: Folding) {
  switch (folding.kind) {
    case 'fold':
      return { kind: 'folded', into: folding.into } as const;
    case 'depthwise':
      return { kind: 'replaced', by: 'a depthwise 1×1 convolution' } as const;
    case 'refuse':
      return { kind: 'refused', reason: folding.reason } as const;
  }
}

/** Applies a plan in which nothing is refused. The caller validates the result. */
export function applyFolding(network: Network, plan: ReadonlyMap<string, Folding>): Network {
  if (plan.size === 0) return network;
  const draft = parameterDraft(network);
  const shapes = inferShapes(network);
  const affines = affinesByLayer(network, plan);
  const nameNow = (name: string): string => {
    const folding = plan.get(name);
    return folding?.kind === 'fold' ? folding.into : name;
  };

  const names = new Set(network.nodes.map(({ name }) => name));
  const nodes = network.nodes.flatMap((node): readonly NetworkNode[] => {
    if (node.op === 'batchNorm') {
      if (plan.get(node.name)?.kind === 'fold') return [];
      const moved = { ...node, inputs: [nameNow(node.inputs[0])] } as const;
      return depthwise(moved, shapeAt(shapes, node.name), network, draft, names);
    }
    const affine = affines.get(node.name);
    if (affine !== undefined && isWeighted(node)) {
      return [folded({ ...node, inputs: [nameNow(node.inputs[0])] }, affine, network, draft)];
    }
    return [withInputs(node, nameNow)];
  });
  return withoutUnusedParameters({ ...network, nodes, parameters: draft.parameters });
}

/** The batch norms to fold into each layer, combined. */
function affinesByLayer(network: Network, plan: ReadonlyMap<string, Folding>): ReadonlyMap<string, ChannelAffine> {
  const affines = new Map<string, ChannelAffine>();
  for (const node of network.nodes) {
    const folding = plan.get(node.name);
    if (node.op !== 'batchNorm' || folding?.kind !== 'fold') continue;
    const next = affineOf(network, node);
    const before = affines.get(folding.into);
    affines.set(folding.into, before === undefined ? next : chain(before, next));
  }
  return affines;
}

function chain(first: ChannelAffine, second: ChannelAffine): ChannelAffine {
  return {
    factor: first.factor.map((factor, c) => factor * (second.factor[c] ?? 0)),
    offset: first.offset.map((offset, c) => offset * (second.factor[c] ?? 0) + (second.offset[c] ?? 0)),
  };
}

function folded<Layer extends WeightedNode>(
  layer: Layer,
  { factor, offset }: ChannelAffine,
  network: Network,
  draft: ParameterDraft,
): Layer {
  const weight = network.parameters.get(layer.weight);
  const bias = layer.bias === undefined ? undefined : network.parameters.get(layer.bias);
  if (weight === undefined) throw new Error(`'${layer.name}' has no weight '${layer.weight}'.`);
  // The output channel is the last axis of a kernel [kH, kW, Cin/groups, Cout] and of a matrix [in, out].
  const channels = factor.length;
  const scaled = new Float32Array(weight.data.length);
  for (let first = 0; first < scaled.length; first += channels) {
    for (let c = 0; c < channels; c += 1) scaled[first + c] = (weight.data[first + c] ?? 0) * (factor[c] ?? 0);
  }
  const shifted = Float32Array.from(offset, (value, c) => (bias?.data[c] ?? 0) * (factor[c] ?? 0) + value);
  return {
    ...layer,
    weight: draft.place(layer.weight, layer.name, float32Parameter('weight', weight.shape, scaled)),
    bias: draft.place(layer.bias ?? `${layer.name}.bias`, layer.name, float32Parameter('bias', [channels], shifted)),
  };
}

/**
 * A batch norm as a depthwise 1×1 convolution; values that are not images are reshaped before and after.
 *
 * @param names names of the network's nodes; those of new nodes are added
 */
function depthwise(
  node: BatchNormNode,
  shape: Shape,
  network: Network,
  draft: ParameterDraft,
  names: Set<string>,
): readonly NetworkNode[] {
  const { factor, offset } = affineOf(network, node);
  const channels = factor.length;
  const isImage = shape.length === 3;
  const fresh = (wanted: string): string => {
    const name = freeName(wanted, names);
    names.add(name);
    return name;
  };
  const [imageName, convolutionName] = isImage
    ? [node.inputs[0], node.name]
    : [fresh(`${node.name}.image`), fresh(`${node.name}.convolution`)];
  const convolution: Conv2dNode = {
    op: 'conv2d',
    name: convolutionName,
    inputs: [imageName],
    weight: place('weight', [1, 1, 1, channels], factor),
    bias: place('bias', [channels], offset),
    stride: [1, 1],
    padding: noPadding,
    dilation: [1, 1],
    groups: channels,
  };
  if (isImage) return [convolution];
  return [
    {
      op: 'reshape',
      name: imageName,
      inputs: node.inputs,
      shape: [sizeOf(shape) / channels, 1, channels],
    },
    convolution,
    { op: 'reshape', name: node.name, inputs: [convolution.name], shape },
  ];

  function place(role: Extract<Parameter['role'], 'weight' | 'bias'>, of: Shape, values: Float64Array): string {
    return draft.place(`${node.name}.${role}`, node.name, float32Parameter(role, of, Float32Array.from(values)));
  }
}
