import { affine, elementwiseParameter, scalar } from '../affine.js';
import type { Call, Operators } from '../call.js';
import { attributeOf, constantOf, float, inputOf, refuse } from '../call.js';
import { appliedTo, site } from '../element-wise.js';
import { anyLayout } from '../layout.js';
import type { OnnxArray, OnnxView } from '../value.js';
import { array } from '../value.js';

/**
 * min(max(x, low), high) of a value: an activation site, around which the value is shifted if `low` is not 0. `low` or `high` may be infinite.
 *
 * @param threshold `high` as it is in the file
 */
export function clipped(
  call: Call,
  view: OnnxView,
  low: number,
  high: number,
  threshold: OnnxArray = scalar(high),
): OnnxView {
  if (low > high) return refuse(`its minimum ${low} is above its maximum ${high}`);
  if (low === Number.NEGATIVE_INFINITY) {
    if (high === Number.POSITIVE_INFINITY) return view;
    const turned = affine(call, view, { factor: scalar(-1), offset: scalar(high) });
    return affine(call, site(call, turned, 'relu'), { factor: scalar(-1), offset: scalar(high) });
  }
  if (low === high) return appliedTo(call, view, 'clip', { min: low, max: high });
  const isSix = low === 0 && high === 6 && !(call.isOwn && threshold.name?.endsWith('/six') !== true);
  if (low === 0 && high === Number.POSITIVE_INFINITY) return site(call, view, 'relu');
  if (isSix) return site(call, view, 'relu6');
  if (low === 0) {
    const placed = anyLayout(call.draft, view);
    const name = threshold.name ?? `${call.node.name}.threshold`;
    return site(
      call,
      view,
      'clip',
      {},
      {
        threshold: elementwiseParameter(call, 'threshold', placed, view, threshold, name),
      },
    );
  }
  const above = affine(call, view, { offset: scalar(-low) });
  return affine(call, clipped(call, above, 0, high - low), { offset: scalar(low) });
}

/** Limits are attributes before opset 11, and inputs since. */
function limit(call: Call, name: 'min' | 'max', input: number): OnnxArray | undefined {
  if (attributeOf(call, name) !== undefined) return scalar(float(call, name, 0));
  return call.inputs[input] === undefined ? undefined : constantOf(call, input, `${name}imum`);
}

/** float32's largest numbers are what exporters write for none. */
const greatest = 3.4e38;

export const clip: Operators = {
  Clip: (call) => {
    const value = inputOf(call, 0);
    const [min, max] = [limit(call, 'min', 1), limit(call, 'max', 2)];
    const [low = Number.NEGATIVE_INFINITY] = min?.data ?? [];
    const [high = Number.POSITIVE_INFINITY] = max?.data ?? [];
    if (value.kind === 'array') {
      return array(
        value.shape,
        Float64Array.from(value.data, (x) => Math.min(Math.max(x, low), high)),
        value.elements,
      );
    }
    return clipped(
      call,
      value,
      low <= -greatest ? Number.NEGATIVE_INFINITY : low,
      high >= greatest ? Number.POSITIVE_INFINITY : high,
      max,
    );
  },
};
