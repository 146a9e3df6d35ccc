import { shapeAt } from '@rheobase/network';
import type { Sum } from './integer-sums.js';
import { type ChannelUnit, chooseUnit } from './integer-units.js';
import { greatestWeight } from './integer-weights.js';
import { foldedWeights, leastWeightLevels } from './layer-input.js';
import { neuronDemands } from './neuron-demands.js';
import { type Rewriting, uniformValue } from './rewriting.js';

/** Chooses the units of a sum, one per channel, from its weights, shortcuts and thresholds. */
export function sumUnits(rewriting: Rewriting, sum: Sum): readonly ChannelUnit[] {
  const { layerInput, nodeNamed, shapes, weightRange } = rewriting;
  const parts = sum.layers.map((node) => ({ weights: foldedWeights(rewriting, node), grain: layerInput(node).grain }));
  const others = sum.others.map((name) => uniformValue(rewriting, name, nodeNamed(sum.root)));
  const readers = sum.neurons.map((neuron) => neuronDemands(rewriting, neuron));
  const channels = shapeAt(shapes, sum.root).at(-1) ?? 1;
  return Array.from({ length: channels }, (_, c) => {
    const at = (values: Float64Array) => values[c] ?? 0;
    return chooseUnit({
      grain: parts.every((part) => part.grain === 'spikes') ? 'spikes' : 'analog',
      layers: parts.map(({ weights, grain }) => ({
        finest: (weightRange * at(weights.greatest)) / greatestWeight[grain],
        coarsest: grain === 'analog' && at(weights.greatest) > 0 ? at(weights.greatest) / leastWeightLevels : Infinity,
        rounding: at(weights.rounding),
      })),
      span:
        parts.reduce((total, { weights }) => total + at(weights.span), 0) +
        others.reduce((total, { unit, magnitude }) => total + at(unit) * at(magnitude), 0),
      others: others.map(({ unit }) => at(unit)).filter((unit) => unit > 0),
      thresholds: readers.map(({ threshold }) => at(threshold)),
      constants: Math.max(
        0,
        ...readers.map(({ initial }) => at(initial)),
        ...parts.map(({ weights }) => Math.abs(at(weights.bias))),
      ),
    });
  });
}
