import type { Parameter, WeightedNode } from '@rheobase/network';
import { parameterOf } from '@rheobase/network';
import { rangeOf } from './integer-report.js';
import type { IntegerValue } from './integer-value.js';
import { quantizeWeights, reachOf } from './integer-weights.js';
import { foldedWeights } from './layer-input.js';
import type { Rewriting } from './rewriting.js';

/** A weighted layer in the units of its sum; multiplied after its weights if their units are coarser. */
export function layerValue(rewriting: Rewriting, node: WeightedNode): IntegerValue {
  const { network, sums, written, shifts } = rewriting;
  const sum = sums.of(node);
  const chosen = rewriting.unitsOf(sum);
  const input = rewriting.layerInput(node);
  const weights = foldedWeights(rewriting, node);
  const factors = chosen.map(({ layerFactors }) => layerFactors[sum.layers.indexOf(node)] ?? 1);
  const own = Float64Array.from(chosen, ({ unit }, c) => unit * (factors[c] ?? 1));
  const quantized = quantizeWeights(weights, own, parameterOf(network, node.weight).shape, input.grain);
  const hasBias = node.bias !== undefined || shifts.has(node.name);
  const { bias: oldBias, ...rest } = node;
  const bias: Parameter = { role: 'bias', type: 'int32', shape: [weights.outputs], data: quantized.bias };
  written.add({
    ...rest,
    inputs: [input.node],
    weight: written.place(node.weight, quantized.weight),
    ...(hasBias && { bias: written.place(oldBias ?? `${node.name}.bias`, bias) }),
  });
  rewriting.layers.set(node.name, {
    node: node.name,
    op: node.op,
    weights: quantized.weight.type === 'int8' ? 'int8' : 'int16',
    unit: rangeOf(own),
    clipped: quantized.clipped,
    vanished: quantized.vanished,
    relativeError: quantized.relativeError,
  });
  const name = factors.every((factor) => factor === 1)
    ? node.name
    : written.multiply(`${node.name}.scale`, node.name, [factors.length], factors);
  return {
    node: name,
    unit: Float64Array.from(chosen, ({ unit }) => unit),
    magnitude: reachOf(node, quantized, input.magnitude).map((most, c) => most * (factors[c] ?? 1)),
    grain: 'analog',
  };
}
