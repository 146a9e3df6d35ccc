import { attributeValues } from './model-definition.js';
import type { Network } from './network.js';
import { NetworkError } from './network.js';
import { knownNeurons } from './neuron-definitions.js';
import type { NeuronDefinition } from './neuron-dynamics.js';
import { findDescribed } from './neuron-dynamics.js';
import { ownValue } from './own-value.js';
import type { Registry } from './registry.js';

/**
 * The growth λ of a network with differential coding, from 1 to 2; undefined for one with rate coding, where the mean over all steps is the value.
 *
 * With differential coding spikes send changes (Huang et al., Differential Coding for Training-Free ANN-to-SNN Conversion, ICML 2025, arXiv 2503.00301, with
 * the factor 1/t in place of λ^−(t−1)). A value after T steps is D(T) = Σ λ^−(t−1)·x(t) over its values x(t) at each step. So whatever is constant, the
 * input's currents and biases, enters in step 1 alone; read-outs give D(T); and all that is accumulated over steps is multiplied by λ before each step.
 *
 * @throws {NetworkError} if the neurons of a network differ in it, as a value can only be read in one way.
 */
export function growthOf(network: Network, neurons: Registry<NeuronDefinition> = knownNeurons): number | undefined {
  const found = network.nodes.flatMap((node) => {
    if (node.op !== 'neuron') return [];
    const neuron = findDescribed(node.neuron.kind, neurons);
    const name = neuron?.dynamics.growth;
    if (neuron === undefined || name === undefined) return [{ node: node.name, growth: undefined }];
    return [{ node: node.name, growth: ownValue(attributeValues(neuron.attributes, node.neuron.attributes), name) }];
  });
  const [first] = found;
  const other = found.find(({ growth }) => growth !== first?.growth);
  if (first === undefined || other === undefined) return first?.growth;
  const words = (growth: number | undefined) =>
    growth === undefined ? 'rate coding' : `differential coding with growth ${growth}`;
  throw new NetworkError([
    {
      subject: other.node,
      message: `its neuron has ${words(other.growth)}, but '${first.node}' has ${words(first.growth)}; give all neurons of a network the same`,
    },
  ]);
}
