import type { Network } from '@rheobase/network';
import { float32Parameter, integer, parameterOf } from '@rheobase/network';
import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { percentileOption, recordedThresholds } from './recorded-thresholds.js';
import { spikingOf } from './task-registries.js';

/**
 * Burst spikes. A neuron may fire up to Γ spikes in a step, s = clip(⌊V/θ⌋, 0, Γ), V ← V − θ·s, and so gets rid of what it holds as soon
 * as it holds it: no charge above θ is left over at the end, as long as no step brings more than Γ·θ. The p-th percentile of a layer's
 * activations, or its trained clip, is what a neuron says that fires Γ spikes at every step: θ is that over Γ, as in the authors' code, which
 * divides by Γ before it takes the percentile. V(0) = 0. The paper's lateral inhibition is for max pooling, which networks here have
 * replaced by average pooling.
 */
export const burstSpikes = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'burst',
    summary: 'neurons that fire up to Γ spikes in a step',
    paper: {
      title: 'Efficient and accurate conversion of spiking neural network with burst spikes',
      reference: 'Li, Zeng; IJCAI 2022; arXiv 2204.13271',
      url: 'https://arxiv.org/abs/2204.13271',
    },
    options: {
      maximum: integer('Γ: the most spikes in a step', 5, 1, 127),
      percentile: percentileOption('p: how much of a layer’s activations Γ·θ covers, in percent'),
    },
    dependsOnSteps: false,
    convert: async (task, { maximum, percentile }) => {
      const thresholds = await recordedThresholds(task, { kind: 'percentile', percentile });
      const neuron = { kind: 'burst', attributes: { maximum } };
      const spiking = spikingOf(task, { thresholds, neuron, initialPotential: 'zero' });
      return { network: withThresholdsOver(spiking, maximum), procedure: plainSimulation };
    },
  },
);

/** The network with every threshold divided by a number. */
function withThresholdsOver(network: Network, divisor: number): Network {
  const names = new Set(
    network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron.parameters['threshold'] ?? ''] : [])),
  );
  const parameters = new Map(network.parameters);
  for (const name of names) {
    const { shape, data } = parameterOf(network, name);
    parameters.set(
      name,
      float32Parameter(
        'threshold',
        shape,
        Float32Array.from(data, (theta) => theta / divisor),
      ),
    );
  }
  return { ...network, parameters };
}
