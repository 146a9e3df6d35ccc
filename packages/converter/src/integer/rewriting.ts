import type { Network, NetworkNode, NeuronDefinition, Registry, Shape, WeightedNode } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import type { InputBound } from './input-bound.js';
import type { IntegerInput, IntegerLayer } from './integer-report.js';
import type { Sum, Sums } from './integer-sums.js';
import type { ChannelUnit } from './integer-units.js';
import type { IntegerValue } from './integer-value.js';
import type { WrittenNetwork } from './written-network.js';

/** Greatest magnitude of a quantized value: 11 bits including the sign. */
export const quantizedLimit = 1023;

/** The state of rewriting a spiking network in integers: what the rule of one operation needs of the source and of other results. */
export interface Rewriting {
  /** The source network, in float32. */
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly sums: Sums;
  readonly neurons: Registry<NeuronDefinition>;
  readonly inputBound: InputBound;
  readonly weightRange: number;
  /** What to add to the bias of a layer, `[C]` in the source's units, by the layer's name. */
  readonly shifts: ReadonlyMap<string, Float64Array>;

  readonly written: WrittenNetwork;
  /** Bounds of the inputs written so far. */
  readonly inputs: Map<string, IntegerInput>;
  /** Quantization of the weights of the layers written so far. */
  readonly layers: Map<string, Omit<IntegerLayer, 'sums' | 'bits'>>;
  /** The units of the currents of the neurons written so far, `[C]`. */
  readonly currentUnits: Map<string, Float64Array>;

  /** A node of the source network. @throws {NetworkError} if it has no node of this name. */
  nodeNamed(name: string): NetworkNode;
  /** The value of a node, which is written first if necessary. */
  valueOf(name: string): IntegerValue;
  /** The input of a weighted layer. */
  layerInput(node: WeightedNode): IntegerValue;
  /** The units of a sum, one per channel. */
  unitsOf(sum: Sum): readonly ChannelUnit[];
}

/**
 * The value of a node with one unit per channel, which all readers except flattening and outputs need.
 *
 * @throws {NetworkError} naming the reader, if θ differs between positions of a channel.
 */
export function uniformValue({ valueOf }: Rewriting, name: string, reader: NetworkNode): IntegerValue {
  const value = valueOf(name);
  if (value.unitByElement === undefined) return value;
  throw new NetworkError([
    {
      subject: reader.name,
      message:
        `(${reader.op}) it reads '${name}', whose θ, or the scale of the weights it comes from, differs between positions of a channel, which weights shared by all positions ` +
        'cannot take in; give the neuron one θ, or one for each channel if no operation mixes channels',
    },
  ]);
}
