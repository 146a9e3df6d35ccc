import type { NeuronDefinition } from '@rheobase/network';
import { knownNeurons } from '@rheobase/network';
import { exampleValue, mapRecord } from '@rheobase/network/conformance';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomSite } from './random-site.js';
import { broadcastable } from './random-site.js';
import { randomChoice, randomParameter } from './random-values.js';

/** Every built-in neuron. */
export const builtInNeurons: readonly NeuronDefinition[] = knownNeurons.names.map((kind) => knownNeurons.get(kind));

/**
 * Random neurons of these models; the first, the most common one in networks, three times as often as each other. θ between 0.5 and 2, shared as one
 * of `thresholds` says; V(0) between 0 and 1, in any shape that applies; other parameters and the attributes within the bounds of the definition.
 * Neurons with differential coding are only drawn where all have it, as a network has one coding.
 *
 * @param growth λ of those
 */
export function neuronSite(
  neurons: readonly NeuronDefinition[],
  thresholds: readonly ('layer' | 'channel' | 'neuron')[],
  growth = 2,
): RandomSite {
  const rateCoded = neurons.filter(({ dynamics }) => dynamics?.growth === undefined);
  const fitting = rateCoded.length > 0 ? rateCoded : neurons;
  const drawn = [...fitting.slice(0, 1), ...fitting.slice(0, 1), ...fitting];
  return {
    op: 'neuron',
    define: (random, shape) => {
      const shapes = { layer: [[]], channel: [shape.slice(-1)], neuron: broadcastable(shape).slice(2) };
      const { kind, parameters, attributes, dynamics } = randomChoice(random, drawn);
      return {
        kind,
        parameters: mapRecord(parameters, (definition, part) => {
          const { role } = definition;
          if (part === 'threshold') {
            return randomParameter(
              random,
              role,
              randomChoice(random, shapes[randomChoice(random, thresholds)]),
              0.5,
              2,
            );
          }
          if (part === 'initialPotential') {
            return randomParameter(random, role, randomChoice(random, broadcastable(shape)), 0, 1);
          }
          const value = exampleValue(definition, uniformFloat64(random));
          return randomParameter(random, role, [], value, value);
        }),
        attributes: mapRecord(attributes, (definition, name) =>
          name === dynamics?.growth ? growth : exampleValue(definition, uniformFloat64(random)),
        ),
      };
    },
  };
}
