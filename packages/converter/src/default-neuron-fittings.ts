import type { Registry, SiteDefinition } from '@rheobase/network';
import { registry } from '@rheobase/network';
import type { NeuronFitting, NeuronRequest } from './neuron-fitting.js';
import { givenParameters, initialPotentialFor } from './neuron-fitting.js';
import type { Refusal, SiteMeaning } from './site-conversion.js';

/** A neuron with a threshold and an initial potential. */
function integrating(kind: string, range: SiteMeaning['range'], needed: readonly string[] = []): NeuronFitting {
  return {
    kind,
    range,
    needed,
    fit: ({ meaning, initialPotential, parameters, attributes }) => {
      if (initialPotential === 'shift') {
        return { refused: `'${kind}' has no shifted variant; only 'if' has. Choose 'half-threshold' or 'zero'` };
      }
      const missing = needed.filter((part) => !Object.hasOwn(parameters, part));
      if (missing.length > 0) {
        return {
          refused: `the neuron '${kind}' needs a value for ${missing.join(' and ')}; give it among its parameters`,
        };
      }
      return {
        kind,
        parameters: {
          threshold: meaning.threshold,
          initialPotential: initialPotentialFor(meaning.threshold, initialPotential),
          ...givenParameters(parameters),
        },
        attributes: { ...attributes, ...(meaning.range === 'signed' && { slope: meaning.slope }) },
      };
    },
  };
}

function shifted({ meaning, steps, attributes }: NeuronRequest): SiteDefinition | Refusal {
  const duration = attributes['steps'] ?? steps;
  if (duration === undefined) {
    return { refused: 'a shifted neuron adds θ/(2T) at every step and so must know T; pass steps' };
  }
  return {
    kind: 'if-shift',
    parameters: { threshold: meaning.threshold },
    attributes: { ...attributes, steps: duration },
  };
}

const integrateAndFire = integrating('if', 'non-negative');

const fittings: readonly NeuronFitting[] = [
  {
    ...integrateAndFire,
    fit: (request) => (request.initialPotential === 'shift' ? shifted(request) : integrateAndFire.fit(request)),
  },
  { kind: 'if-shift', range: 'non-negative', fit: shifted },
  integrating('if-hard', 'non-negative'),
  integrating('lif', 'non-negative', ['leak']),
  integrating('compensating-if', 'non-negative'),
  integrating('burst', 'non-negative'),
  integrating('signed-if', 'signed'),
];

/** The neuron models that can be put at sites: those of `@rheobase/neurons`. */
export const defaultNeuronFittings: Registry<NeuronFitting> = registry(
  'neuron',
  fittings.map((fitting) => [fitting.kind, fitting]),
);
