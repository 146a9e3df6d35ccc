import { defaultNeurons } from '@rheobase/neurons';
import type { NeuronReference, RandomSite } from '@rheobase/testing';
import { builtInNeurons, neuronSite } from '@rheobase/testing';
import { supportedNeurons } from './neuron-population.js';

/** Neurons of every kind that has a kernel. */
export function anyNeuron(thresholds: Parameters<typeof neuronSite>[1]): RandomSite {
  const neurons = builtInNeurons.filter(({ kind }) => supportedNeurons().includes(kind));
  return neuronSite(neurons, thresholds);
}

/** The models' own references. */
export const references: Readonly<Record<string, NeuronReference>> = Object.fromEntries(
  supportedNeurons().map((kind) => {
    const model = defaultNeurons.get(kind);
    return [kind, (currents, values) => model.reference(currents, values)] satisfies [string, NeuronReference];
  }),
);
