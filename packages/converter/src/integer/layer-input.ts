import { float32Parameter, type WeightedNode } from '@rheobase/network';
import { roomForRounding, roomForSpan } from './integer-units.js';
import type { IntegerValue } from './integer-value.js';
import type { FoldedWeights } from './integer-weights.js';
import { foldUnits } from './integer-weights.js';
import { quantizedLimit, type Rewriting, uniformValue } from './rewriting.js';

/** A value is requantized before weights that would otherwise have fewer levels than this. */
export const leastWeightLevels = 127;

/** A layer's input, requantized if its span would leave the weights too few levels. */
export function layerInput(rewriting: Rewriting, node: WeightedNode): IntegerValue {
  const value = uniformValue(rewriting, node.inputs[0], node);
  return isTooFine(rewriting, node, value) ? coarser(rewriting, node, value) : value;
}

/** A layer's weights for integer inputs, with its correction in the bias. */
export function foldedWeights({ network, layerInput: inputOf, shifts }: Rewriting, node: WeightedNode): FoldedWeights {
  return foldUnits(node, network, inputOf(node), shifts.get(node.name));
}

function isTooFine({ network }: Rewriting, node: WeightedNode, value: IntegerValue): boolean {
  if (value.grain === 'spikes' || value.magnitude.every((most) => most <= quantizedLimit)) return false;
  const { greatest, span, rounding } = foldUnits(node, network, value);
  return greatest.some(
    (most, c) =>
      most > 0 && (most < (leastWeightLevels * (span[c] ?? 0)) / roomForSpan || (rounding[c] ?? 0) > roomForRounding),
  );
}

function coarser({ written }: Rewriting, node: WeightedNode, value: IntegerValue): IntegerValue {
  const name = written.freshName(`${node.name}.quantize`);
  const steps = Float32Array.from(value.magnitude, (most) => Math.max(1, most / quantizedLimit));
  const step = written.place(`${name}.step`, float32Parameter('scale', [steps.length], steps));
  written.add({ op: 'quantize', name, inputs: [value.node], step, limit: quantizedLimit });
  return {
    node: name,
    unit: value.unit.map((unit, c) => unit * (steps[c] ?? 1)),
    magnitude: value.magnitude.map((most) => Math.min(most, quantizedLimit)),
    grain: 'analog',
  };
}
