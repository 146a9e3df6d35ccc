import { evenPadding, noPadding } from '@rheobase/network';
import type { Layers, Pooling } from '../layers.js';

/** Convolution, batch norm and leaky ReLU, as Darknet makes a layer: nodes `<name>.conv`, `.bn`, `.leaky`. */
export function darknetLayer(network: Layers, name: string, input: string, filters: number, kernel: 1 | 3): string {
  const conv = network.convolution(`${name}.conv`, input, { filters, kernel, padding: evenPadding((kernel - 1) / 2) });
  return network.activation(`${name}.leaky`, network.batchNorm(`${name}.bn`, conv));
}

/** A 1×1 convolution with a bias, which gives a map of the head. */
export function headConvolution(network: Layers, name: string, input: string, filters: number): string {
  return network.convolution(name, input, { filters, kernel: 1, bias: 'zeros' });
}

/** A pooling of 2×2 windows; with stride 1 a row and a column of padding at the bottom and right keep the size. */
export function halvingPool(network: Layers, name: string, input: string, pooling: Pooling, stride: 1 | 2 = 2): string {
  const padding = stride === 2 ? noPadding : { ...noPadding, bottom: 1, right: 1 };
  return network.pool(name, input, { pooling, size: 2, stride, padding });
}
