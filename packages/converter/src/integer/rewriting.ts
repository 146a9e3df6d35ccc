import type { Network, NetworkNode, NeuronDefinition, Registry, Shape, WeightedNode } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import type { InputBound } from './input-bound.js';
import type { IntegerInput, IntegerLayer } from './integer-report.js';
import type { Sum, Sums } from './integer-sums.js';
import type { ChannelUnit } from './integer-units.js';
import type { IntegerValue } from './integer-value.js';
import type { WrittenNetwork } from './written-network.js';

/** Greatest magnitude of a quantized value: 11 bits with the sign. */
export const quantizedLimit = 1023;

/** A spiking network on its way to integers: what the rule of one operation needs of the source and of the others' results. */
export interface Rewriting {
  /** The source network, in float32. */
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly sums: Sums;
  readonly neurons: Registry<NeuronDefinition>;
  readonly inputBound: InputBound;
  readonly weightRange: number;
  /** What is added to the bias of a layer, `[C]` in the source's units, by the layer's name. */
  readonly shifts: ReadonlyMap<string, Float64Array>;

  readonly written: WrittenNetwork;
  /** How far the inputs that are written may reach. */
  readonly inputs: Map<string, IntegerInput>;
  /** What rounding did to the weights of the layers that are written. */
  readonly layers: Map<string, Omit<IntegerLayer, 'sums' | 'bits'>>;
  /** The units of the currents of the neurons that are written, `[C]`. */
  readonly currentUnits: Map<string, Float64Array>;

  /** A node of the source network. @throws {NetworkError} if it has none of this name. */
  nodeNamed(name: string): NetworkNode;
  /** The value of a node, which is written first where it is not yet. */
  valueOf(name: string): IntegerValue;
  /** What a weighted layer reads. */
  layerInput(node: WeightedNode): IntegerValue;
  /** The units of a sum, one for each channel. */
  unitsOf(sum: Sum): readonly ChannelUnit[];
}

/**
 * The value of a node whose unit is one for each channel, which all but flattening and outputs need.
 *
 * @throws {NetworkError} naming the reader, where θ differs between positions of a channel.
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
