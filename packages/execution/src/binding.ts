import type { Activation } from '@rheobase/activations';
import type { Network, Shape } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { BoundParameters } from './live-parameters.js';

/** What running a network needs: its data, shapes, live parameters, and the models at its sites. */
export interface Binding extends BoundParameters {
  /** The network as it was bound. */
  readonly network: Network;
  /** Shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The activation at each activation node. */
  readonly activations: ReadonlyMap<string, Activation>;
  /** The neuron model at each neuron node. */
  readonly neurons: ReadonlyMap<string, Neuron>;
  /** λ of differential coding (`growthOf`); absent with rate coding. */
  readonly growth?: number | undefined;
}

/** A batch `[N, …shape]` for a network with one input, or one per input node, by name. */
export type TensorBatch = Tensor | Readonly<Record<string, Tensor>>;
