import type { Network, WeightedNode } from '@rheobase/network';
import { analogHead, inferShapes, isWeighted } from '@rheobase/network';
import { readOutNodes } from './read-out.js';
import { signal, signalsOf } from './signals.js';
import { connectionsPerInput, denseConnections } from './weighted-connections.js';

/** Multiply-accumulates of one layer for one image at one time step. */
export interface LayerMacs {
  readonly node: string;
  readonly op: WeightedNode['op'];
  /** Only multiplications with real inputs: zeros of padding, in the layer or before it, are left out. */
  readonly exact: number;
  /** Every kernel tap at every output position, those that fall on padding too: the figure usually reported. */
  readonly dense: number;
  /** `exact`, by what the layer reads; see METHOD §7. */
  readonly reading: {
    /** Spikes: a spiking network accumulates instead, once a spike. */
    readonly spikes: number;
    /** The input, or what is computed from it alone: the same at every time step, unless the input has a frame for each. */
    readonly constant: number;
    /** Values of another layer with no neuron in between, of an analog activation or of the analog head. */
    readonly analog: number;
  };
  /** No neuron or activation comes after it. */
  readonly readOut: boolean;
  /** It is in the analog head, so that a spiking network computes it once, on means over time, instead of at every step. */
  readonly head: boolean;
}

/** Multiply-accumulates of a network for one image at one time step. */
export interface NetworkMacs {
  /** Every convolution and dense layer, in network order. */
  readonly layers: readonly LayerMacs[];
  /** Sum of the layers' `exact`: what is comparable with synaptic operations. */
  readonly exact: number;
  /** Sum of the layers' `dense`. */
  readonly dense: number;
}

/**
 * Counts the multiply-accumulates of a network's convolutions and dense layers, for one image (METHOD §7). Biases, those by time step too, adds and
 * pooling are not multiplications with weights and are not counted, and neither are batch norms, as folding removes them.
 *
 * @throws {NetworkError} if shapes do not fit.
 */
export function macsOf(network: Network): NetworkMacs {
  const shapes = inferShapes(network);
  const signals = signalsOf(network, shapes);
  const readOut = readOutNodes(network);
  const head = analogHead(network);
  const layers = network.nodes.filter(isWeighted).map((node): LayerMacs => {
    const flags = signals.get(node.inputs[0]) ?? new Uint8Array(0);
    const reading = { spikes: 0, constant: 0, analog: 0 };
    connectionsPerInput(network, node, shapes).forEach((count, i) => {
      const kind = flags[i] ?? 0;
      if (kind === signal.spikes) reading.spikes += count;
      else if (kind === signal.constant) reading.constant += count;
      else if (kind !== 0) reading.analog += count;
    });
    return {
      node: node.name,
      op: node.op,
      exact: reading.spikes + reading.constant + reading.analog,
      dense: denseConnections(network, node, shapes),
      reading,
      readOut: readOut.has(node.name),
      head: head.has(node.name),
    };
  });
  const total = (of: 'exact' | 'dense') => layers.reduce((sum, layer) => sum + layer[of], 0);
  return { layers, exact: total('exact'), dense: total('dense') };
}
