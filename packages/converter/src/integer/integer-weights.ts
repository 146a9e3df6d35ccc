import type { Network, Parameter, WeightedNode } from '@rheobase/network';
import { forEachWeight, parameterOf } from '@rheobase/network';
import type { IntegerValue } from './integer-value.js';
import { roundHalfUp } from './integer-value.js';

/** A layer's weights for integer inputs: w·u, with u the unit of the input channel, `[…, Cout]` in the layout of the weights. */
export interface FoldedWeights {
  readonly values: Float64Array;
  readonly outputs: number;
  /** Greatest magnitude by output channel. */
  readonly greatest: Float64Array;
  /** Σ |w·u|·(greatest magnitude of the input) by output channel, including the bias: the bound of the output. */
  readonly span: Float64Array;
  /** Greatest rounding error of the weights, by output channel, in units of the output. */
  readonly rounding: Float64Array;
  readonly bias: Float64Array;
}

/** int8 for spikes, int16 for finer inputs. */
export const greatestWeight = { spikes: 127, analog: 32767 } as const satisfies Record<IntegerValue['grain'], number>;

/**
 * @param shift added to the bias, by output channel
 */
export function foldUnits(
  node: WeightedNode,
  network: Network,
  input: IntegerValue,
  shift?: Float64Array,
): FoldedWeights {
  const weight = parameterOf(network, node.weight);
  const outputs = weight.shape.at(-1) ?? 1;
  const given = node.bias === undefined ? undefined : parameterOf(network, node.bias).data;
  const bias = new Float64Array(outputs).map((_, c) => (given?.[c] ?? 0) + (shift?.[c] ?? 0));
  const values = new Float64Array(weight.data.length);
  const greatest = new Float64Array(outputs);
  const span = bias.map(Math.abs);
  const rounding = new Float64Array(outputs).fill(1);
  forEachWeight(node, weight, (w, to, from, i) => {
    const value = w * (input.unit[from] ?? 0);
    values[i] = value;
    greatest[to] = Math.max(greatest[to] ?? 0, Math.abs(value));
    span[to] = (span[to] ?? 0) + Math.abs(value) * (input.magnitude[from] ?? 0);
    rounding[to] = (rounding[to] ?? 0) + 0.5 * (input.magnitude[from] ?? 0);
  });
  return { values, outputs, greatest, span, rounding, bias };
}

/** Integer weights and bias, and their quantization errors. */
export interface QuantizedWeights {
  readonly weight: Parameter;
  readonly bias: Int32Array;
  /** Fraction of weights beyond the greatest integer. */
  readonly clipped: number;
  /** Fraction of nonzero weights that became zero. */
  readonly vanished: number;
  /** Root mean square of the error over that of the weights; 0 if all are zero. */
  readonly relativeError: number;
}

/** Rounds folded weights to multiples of the output's unit. */
export function quantizeWeights(
  folded: FoldedWeights,
  unit: Float64Array,
  shape: Parameter['shape'],
  grain: IntegerValue['grain'],
): QuantizedWeights {
  const most = greatestWeight[grain];
  const data = grain === 'spikes' ? new Int8Array(folded.values.length) : new Int16Array(folded.values.length);
  let [clipped, vanished, error, power] = [0, 0, 0, 0];
  folded.values.forEach((value, i) => {
    const width = unit[i % folded.outputs] ?? 1;
    const rounded = roundHalfUp(value / width);
    const level = Math.min(Math.max(rounded, -most), most);
    data[i] = level;
    if (level !== rounded) clipped += 1;
    if (level === 0 && value !== 0) vanished += 1;
    error += (level * width - value) ** 2;
    power += value ** 2;
  });
  const weight: Parameter =
    data instanceof Int8Array
      ? { role: 'weight', type: 'int8', shape, data }
      : { role: 'weight', type: 'int16', shape, data };
  return {
    weight,
    bias: Int32Array.from(folded.bias, (value, c) => roundHalfUp(value / (unit[c] ?? 1))),
    clipped: clipped / Math.max(1, data.length),
    vanished: vanished / Math.max(1, data.length),
    relativeError: power === 0 ? 0 : Math.sqrt(error / power),
  };
}

/** Greatest magnitude of each output channel of a layer with these integer weights, for inputs up to `magnitude`. */
export function reachOf(node: WeightedNode, { weight, bias }: QuantizedWeights, magnitude: Float64Array): Float64Array {
  const reach = Float64Array.from(bias, Math.abs);
  forEachWeight(node, weight, (value, to, from) => {
    reach[to] = (reach[to] ?? 0) + Math.abs(value) * (magnitude[from] ?? 0);
  });
  return reach;
}
