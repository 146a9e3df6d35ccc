import type { Parameter, Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';

/** A parameter stretched over a value: one number for each channel, or for each element, row-major. */
export interface Stretched {
  readonly per: 'channel' | 'element';
  readonly data: ArrayLike<number>;
}

/** Stretches a parameter over a value of a shape that it applies to: a scalar, one per channel, one per element, or with axes of 1. */
export function stretch({ shape, data }: Pick<Parameter, 'shape' | 'data'>, over: Shape): Stretched {
  const channels = over.at(-1) ?? 1;
  if (data.length === 1) return { per: 'channel', data: new Float64Array(channels).fill(data[0] ?? 0) };
  if (shape.at(-1) === channels && data.length === channels) return { per: 'channel', data };
  const each = Float64Array.from({ length: sizeOf(over) }, (_, i) => data[indexIn(shape, over, i)] ?? 0);
  return { per: 'element', data: each };
}

function indexIn(from: Shape, over: Shape, index: number): number {
  let [rest, stride, result] = [index, 1, 0];
  for (let back = 1; back <= from.length; back += 1) {
    const [size, own] = [over.at(-back) ?? 1, from.at(-back) ?? 1];
    if (own !== 1) result += (rest % size) * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return result;
}
