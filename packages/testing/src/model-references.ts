import { ownValue } from '@rheobase/network';
/**
 * An activation as a function of one number.
 *
 * @param values the parameters of its site, and its attributes, by name
 */
export type ActivationReference = (z: number, values: Readonly<Record<string, number>>) => number;

/**
 * One neuron over all time steps; at every step its output is threshold·spikes.
 *
 * @param currents its input at every step
 * @param values the parameters of its site, including `threshold`, and its attributes, by name
 */
export type NeuronReference = (
  currents: readonly number[],
  values: Readonly<Record<string, number>>,
) => {
  /** Signed counts. */
  readonly spikes: readonly number[];
  /** V(t) after the reset of each step. */
  readonly potentials: readonly number[];
};

/** A value of a site, by name. */
export function value(values: Readonly<Record<string, number>>, name: string): number {
  const found = ownValue(values, name);
  if (found === undefined) throw new Error(`The site has no '${name}'; it has: ${Object.keys(values).join(', ')}.`);
  return found;
}

const clip = (x: number): number => Math.min(Math.max(x, 0), 1);

/** `relu`, `clip` and `quant-clip`, the minimum that tests of other packages need. */
export const basicActivations: Readonly<Record<string, ActivationReference>> = {
  relu: (z) => Math.max(z, 0),
  clip: (z, values) => {
    const threshold = Math.abs(value(values, 'threshold'));
    return threshold * clip(z / threshold);
  },
  'quant-clip': (z, values) => {
    const threshold = Math.abs(value(values, 'threshold'));
    const levels = value(values, 'levels');
    return threshold * clip(Math.floor((z * levels) / threshold + 0.5) / levels);
  },
};

/** `if`: integrate and fire, no leak, reset by subtraction. */
export const basicNeurons: Readonly<Record<string, NeuronReference>> = {
  if: (currents, values) => {
    const threshold = value(values, 'threshold');
    let potential = value(values, 'initialPotential');
    const spikes: number[] = [];
    const potentials: number[] = [];
    for (const current of currents) {
      potential += current;
      const spike = potential >= threshold ? 1 : 0;
      potential -= threshold * spike;
      spikes.push(spike);
      potentials.push(potential);
    }
    return { spikes, potentials };
  },
};

/** The reference of a kind. */
export function referenceOf<Reference>(
  references: Readonly<Record<string, Reference>>,
  kind: string,
  node: string,
): Reference {
  const reference = ownValue(references, kind);
  if (reference === undefined) {
    throw new Error(`${node}: no reference of kind '${kind}' was given; known: ${Object.keys(references).join(', ')}.`);
  }
  return reference;
}
