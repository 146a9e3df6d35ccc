import type { ActivationNode } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Binding } from './binding.js';
import { liveParts } from './live-parameters.js';
import type { Mode } from './mode.js';

/** Applies the activation at a site to its pre-activation `[N, …shape]`. */
export function activate(
  { activations, live }: Binding,
  { name, activation: { parameters, attributes } }: ActivationNode,
  z: Tensor,
  mode: Mode,
): Tensor {
  const activation = activations.get(name);
  if (activation === undefined)
    throw new NetworkError([{ subject: name, message: 'no activation is bound to this site' }]);
  const parts = liveParts(live, parameters);
  return mode.kind === 'training' && activation.train !== undefined
    ? activation.train(z, parts, attributes, mode.random)
    : activation.evaluate(z, parts, attributes);
}
