import type { Float32Parameter, NeuronDefinition, SiteDefinition } from '@rheobase/network';
import { float32Parameter } from '@rheobase/network';
import type { Refusal, SiteMeaning } from './site-conversion.js';

/**
 * A neuron's initial potential.
 *
 * - `half-threshold`: V(0) = θ/2, which makes the neuron round to nearest (METHOD §4)
 * - `zero`: V(0) = 0, which makes it round down
 * - `shift`: V(0) = 0 and a constant θ/(2T) added to the input at every step, which equals `half-threshold` after T steps
 */
export type InitialPotential = 'half-threshold' | 'zero' | 'shift';

/** The neuron model to put at the sites. */
export interface NeuronChoice {
  /** A name in the registry of neurons. */
  readonly kind: string;
  /** Values of its other parameters, one number each: `{ leak: 0.9 }`. Default: their initial values. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Its attributes: `{ maximum: 5 }`. */
  readonly attributes?: Readonly<Record<string, number>>;
}

/** Everything that fitting a neuron to a site depends on. */
export interface NeuronRequest {
  readonly meaning: SiteMeaning;
  readonly initialPotential: InitialPotential;
  /** T, if given. */
  readonly steps?: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, number>>;
}

/** How a neuron model is set up to stand for an activation. */
export interface NeuronFitting {
  /** The activations it can stand for. */
  readonly range: SiteMeaning['range'];
  /** Parameters that must be given a value. Default: none. */
  readonly needed?: readonly string[];
  /** The neuron with its parameters, or why it cannot be fitted. */
  fit(request: NeuronRequest): SiteDefinition | Refusal;
}

/** A neuron as the conversion sees it. */
export interface FittedNeuron extends NeuronDefinition {
  /** Its fitting. Default: derived from its definition, which is right for nearly all neurons. */
  readonly fitting?: NeuronFitting;
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
