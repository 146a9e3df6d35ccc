import type { NeuronDynamics, Registry, SiteDefinition } from '@rheobase/network';
import { described, describeDynamics, ownValue, scalarParameter } from '@rheobase/network';
import type { FittedNeuron, NeuronFitting, NeuronRequest } from './neuron-fitting.js';
import { initialPotentialFor } from './neuron-fitting.js';
import type { Refusal, SiteMeaning } from './site-conversion.js';

/**
 * The fitting of a neuron kind: its own, or else one derived from its definition. The latter takes θ from the site, V(0) by the chosen rule, a signed
 * neuron's slope from the activation, and every other parameter as given, or else its initial value.
 *
 * @throws if there is no neuron of that kind.
 */
export function fittingOf(kind: string, neurons: Registry<FittedNeuron>): NeuronFitting {
  const neuron = neurons.get(kind);
  if (neuron.fitting !== undefined) return neuron.fitting;
  const dynamics = described(neuron)?.dynamics;
  const needed = Object.entries(neuron.parameters).flatMap(([part, definition]) => (definition.needed ? [part] : []));
  return {
    range: dynamics?.negative?.rule === 'signed' ? 'signed' : 'non-negative',
    needed,
    fit: (request) => {
      const missing = needed.filter((part) => !Object.hasOwn(request.parameters, part));
      if (missing.length > 0) {
        return {
          refused: `the neuron '${kind}' needs a value for ${missing.join(' and ')}; give it among its parameters`,
        };
      }
      if (request.initialPotential !== 'shift' || dynamics?.shift !== undefined)
        return fitted(neuron, dynamics, request);
      const shifted = dynamics && kindWith({ ...dynamics, shift: '' }, neurons);
      if (shifted !== undefined) return fittingOf(shifted, neurons).fit(request);
      return { refused: `'${kind}' has no shifted variant; choose 'half-threshold' or 'zero'` };
    },
  };
}

function fitted(
  { kind, parameters: parts }: FittedNeuron,
  { shift, negative }: Partial<NeuronDynamics> = {},
  { meaning, initialPotential, steps, parameters, attributes }: NeuronRequest,
): SiteDefinition | Refusal {
  const duration = shift === undefined ? undefined : (ownValue(attributes, shift) ?? steps);
  if (shift !== undefined && duration === undefined) {
    return { refused: 'a shifted neuron adds θ/(2T) at every step and so must know T; pass steps' };
  }
  const stray = Object.keys(parameters).find((part) => !Object.hasOwn(parts, part));
  if (stray !== undefined) return { refused: `the neuron '${kind}' has no parameter '${stray}'` };
  const rest = Object.entries(parts).filter(([part]) => part !== 'threshold' && part !== 'initialPotential');
  return {
    kind,
    parameters: {
      threshold: meaning.threshold,
      ...(Object.hasOwn(parts, 'initialPotential') && {
        initialPotential: initialPotentialFor(
          meaning.threshold,
          shift !== undefined || initialPotential === 'shift' ? 'zero' : initialPotential,
        ),
      }),
      ...Object.fromEntries(
        rest.map(([part, { role, initial }]) => [part, scalarParameter(role, ownValue(parameters, part) ?? initial)]),
      ),
    },
    attributes: {
      ...attributes,
      ...(meaning.range === 'signed' && negative?.rule === 'signed' && { [negative.slope]: meaning.slope }),
      ...(shift !== undefined && duration !== undefined && { [shift]: duration }),
    },
  };
}

/** The first neuron with a descriptor of the same parts. */
function kindWith(dynamics: NeuronDynamics, neurons: Registry<FittedNeuron>): string | undefined {
  const wanted = describeDynamics(dynamics);
  return neurons.names.find((name) => {
    const found = neurons.get(name).dynamics;
    return found !== undefined && describeDynamics(found) === wanted;
  });
}

const plain = { reset: 'soft' } as const;
const usual: Readonly<Record<SiteMeaning['range'], NeuronDynamics>> = {
  'non-negative': plain,
  signed: { ...plain, negative: { rule: 'signed', slope: '' } },
};

/**
 * The default neuron for an activation: integrate-and-fire with soft reset, signed if the activation is leaky.
 *
 * @throws if the registry has none.
 */
export function usualNeuron(range: SiteMeaning['range'], neurons: Registry<FittedNeuron>): string {
  const found = kindWith(usual[range], neurons);
  if (found !== undefined) return found;
  throw new Error(`There is no neuron with ${describeDynamics(usual[range])}; choose one by its name.`);
}
