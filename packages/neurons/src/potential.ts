import type { Tensor } from '@tensorflow/tfjs-core';
import type { NeuronState } from './neuron.js';

/**
 * V of a state.
 *
 * @throws if the state has none.
 */
export function potentialOf(state: NeuronState): Tensor {
  const { potential } = state;
  if (potential === undefined) {
    throw new Error(
      `The state has no 'potential', but ${Object.keys(state).join(', ') || 'nothing'}; start from initialState().`,
    );
  }
  return potential;
}
