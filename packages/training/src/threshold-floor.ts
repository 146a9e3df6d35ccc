import type { BoundNetwork } from '@rheobase/execution';
import { parameterOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { maximum, tensor } from '@tensorflow/tfjs-core';
import type { Trainables } from './trainables.js';

/** The minimum of a neuron's θ, as a fraction of its value when training started. */
const leastShare = 0.01;

/** Keeps the thresholds of neurons above 0. */
export interface ThresholdFloor {
  /** Raises every θ that a step has taken below its floor. */
  hold(): void;
  dispose(): void;
}

/**
 * Keeps the trained thresholds of a network's neurons at a hundredth or more of their values in the network that was bound: an optimizer's step
 * has no bound, and a neuron needs θ > 0. (An activation takes the magnitude of its θ, and needs no floor.) Thresholds
 * above their floors stay as they are, to the bit.
 */
export function thresholdFloor({ network }: BoundNetwork, trainables: Trainables): ThresholdFloor {
  const floors = new Map<string, Tensor>();
  for (const node of network.nodes) {
    const name = node.op === 'neuron' ? node.neuron.parameters['threshold'] : undefined;
    if (name === undefined || !trainables.has(name) || floors.has(name)) continue;
    const { data, shape } = parameterOf(network, name);
    floors.set(
      name,
      tensor(
        Float32Array.from(data, (theta) => leastShare * theta),
        [...shape],
      ),
    );
  }
  return {
    hold: () => {
      for (const [name, floor] of floors) {
        const variable = trainables.get(name)?.variable;
        variable?.assign(maximum(variable, floor));
      }
    },
    dispose: () => {
      for (const floor of floors.values()) floor.dispose();
    },
  };
}
