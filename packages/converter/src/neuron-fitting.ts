import type { Float32Parameter, SiteDefinition } from '@rheobase/network';
import { float32Parameter, scalarParameter } from '@rheobase/network';
import type { Refusal, SiteMeaning } from './site-conversion.js';

/**
 * Where a neuron's membrane potential starts.
 *
 * - `half-threshold`: V(0) = θ/2, which makes the neuron round (METHOD §4)
 * - `zero`: V(0) = 0, which makes it round down
 * - `shift`: V(0) = 0 and a constant θ/(2T) added to the input at every step, which is the same as `half-threshold` after
 *   T steps
 */
export type InitialPotential = 'half-threshold' | 'zero' | 'shift';

/** Which neuron model to put at the sites. */
export interface NeuronChoice {
  /** A name in the registry of neuron fittings. */
  readonly kind: string;
  /** Values of its other parameters, one number each: `{ leak: 0.9 }`. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Its attributes: `{ maximum: 5 }`. */
  readonly attributes?: Readonly<Record<string, number>>;
}

/** Everything that a neuron at a site is made from. */
export interface NeuronRequest {
  readonly meaning: SiteMeaning;
  readonly initialPotential: InitialPotential;
  /** T, where the caller has said it. */
  readonly steps?: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, number>>;
}

/** How a neuron model is put at a site. Adding a neuron model to the conversion is adding one of these to a registry. */
export interface NeuronFitting {
  /** The neuron model's registered name. */
  readonly kind: string;
  /** The activations it can stand for. */
  readonly range: SiteMeaning['range'];
  /** Parameters that have to be given by value; none unless said. */
  readonly needed?: readonly string[];
  /** The neuron with its parameters; or why it cannot be had. */
  fit(request: NeuronRequest): SiteDefinition | Refusal;
}

/** θ/2 or 0, of θ's shape. */
export function initialPotentialFor(
  threshold: Float32Parameter,
  choice: Exclude<InitialPotential, 'shift'>,
): Float32Parameter {
  const share = choice === 'half-threshold' ? 0.5 : 0;
  return float32Parameter(
    'initialPotential',
    threshold.shape,
    threshold.data.map((theta) => share * theta),
  );
}

/** The parameters that were given by value, as scalars. */
export function givenParameters(values: Readonly<Record<string, number>>): Readonly<Record<string, Float32Parameter>> {
  return Object.fromEntries(Object.entries(values).map(([part, value]) => [part, scalarParameter('dynamics', value)]));
}
