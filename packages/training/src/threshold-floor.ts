import type { BoundNetwork } from '@rheobase/execution';
import type { NetworkNode, Parameter } from '@rheobase/network';
import { parameterOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { maximum, mul, tensor } from '@tensorflow/tfjs-core';
import type { Trainables } from './trainables.js';

/** The minimum of a θ, as a fraction of its value when training started. */
const leastShare = 0.01;

/** Keeps thresholds away from 0. */
export interface ThresholdFloor {
  /** Brings every θ that a step has taken across its floor back to it. */
  hold(): void;
  dispose(): void;
}

/**
 * Keeps the trained thresholds of a network's neurons and activations at a hundredth or more of their values in the network that was bound: an
 * optimizer's step has no bound, a neuron needs θ > 0, and an activation, which takes the magnitude of its θ, has no gradient at 0. A θ below 0, which
 * activations may have, keeps its sign. Thresholds beyond their floors stay as they are, to the bit.
 */
export function thresholdFloor({ network }: BoundNetwork, trainables: Trainables): ThresholdFloor {
  const floors = new Map<string, Floor>();
  for (const node of network.nodes) {
    const name = thresholdOf(node);
    if (name === undefined || !trainables.has(name) || floors.has(name)) continue;
    floors.set(name, floorOf(parameterOf(network, name)));
  }
  return {
    hold: () => {
      for (const [name, { floor, signs }] of floors) {
        const variable = trainables.get(name)?.variable;
        if (variable === undefined) continue;
        variable.assign(
          signs === undefined ? maximum(variable, floor) : mul(signs, maximum(mul(signs, variable), floor)),
        );
      }
    },
    dispose: () => {
      for (const { floor, signs } of floors.values()) {
        floor.dispose();
        signs?.dispose();
      }
    },
  };
}

/** The least magnitudes of a θ, and its signs where some are below 0. */
interface Floor {
  readonly floor: Tensor;
  readonly signs?: Tensor;
}

function floorOf({ data, shape }: Parameter): Floor {
  const of = (valueOf: (theta: number) => number): Tensor => tensor(Float32Array.from(data, valueOf), [...shape]);
  const floor = of((theta) => leastShare * Math.abs(theta));
  return data.some((theta) => theta < 0) ? { floor, signs: of((theta) => (theta < 0 ? -1 : 1)) } : { floor };
}

function thresholdOf(node: NetworkNode): string | undefined {
  switch (node.op) {
    case 'neuron':
      return node.neuron.parameters['threshold'];
    case 'activation':
      return node.activation.parameters['threshold'];
    default:
      return undefined;
  }
}
