import type { Parameter } from '@rheobase/network';
import { noPadding, sizeOf } from '@rheobase/network';
import type { Call } from './call.js';
import { anyLayout, placedView, reshapedTo } from './layout.js';
import type { OnnxArray, OnnxView } from './value.js';
import { array, broadcastPlaces } from './value.js';

/** What a value is multiplied by, and what is added then: for each element, or one number for all. */
export interface Affine {
  readonly factor: OnnxArray;
  readonly offset: OnnxArray;
}

export const scalar = (value: number): OnnxArray => array([], [value], 'float');

/**
 * factor·x + offset, for constants that broadcast to the value. It is folded into a layer with weights right before it, if nothing else reads that;
 * otherwise it is a depthwise 1×1 convolution.
 */
export function affine(
  call: Call,
  view: OnnxView,
  { factor = scalar(1), offset = scalar(0) }: Partial<Affine>,
): OnnxView {
  const { draft } = call;
  const { node, order } = anyLayout(draft, view);
  const shape = draft.shapeOf(node);
  const factors = inNodeOrder(factor, view, order);
  const offsets = inNodeOrder(offset, view, order);
  if (factors.every((value) => value === 1) && offsets.every((value) => value === 0)) return view;
  const channels = shape.at(-1) ?? 1;
  const byChannel = isByChannel(factors, channels) && isByChannel(offsets, channels);
  const layer = byChannel && !call.isOwn ? draft.openLayer(node) : undefined;
  if (layer !== undefined) {
    draft.foldInto(layer, factors.subarray(0, channels), offsets.subarray(0, channels));
    return placedView({ node, order }, view);
  }
  const width = byChannel ? channels : factors.length;
  const from = reshapedTo(draft, node, byChannel && shape.length === 3 ? shape : [1, factors.length / width, width]);
  const name = call.node.name === '' ? 'affine' : call.node.name;
  const biased = offsets.some((value) => value !== 0);
  const scaled = draft.add(
    {
      op: 'conv2d',
      inputs: [from],
      weight: draft.parameter('weight', [1, 1, 1, width], factors.subarray(0, width), `${name}.weight`),
      ...(biased && { bias: draft.parameter('bias', [width], offsets.subarray(0, width), `${name}.bias`) }),
      stride: [1, 1],
      padding: noPadding,
      dilation: [1, 1],
      groups: width,
    },
    'affine',
  );
  return placedView({ node: reshapedTo(draft, scaled, shape), order }, { shape: view.shape, elements: 'float' });
}

/** A constant that applies to a value element by element, as a parameter: one number, one a channel, or one an element of the value's node. */
export function elementwiseParameter(
  { draft }: Call,
  role: Parameter['role'],
  { node, order }: { readonly node: string; readonly order: Int32Array },
  view: OnnxView,
  constant: OnnxArray,
  name: string,
): string {
  const values = inNodeOrder(constant, view, order);
  const shape = draft.shapeOf(node);
  const channels = shape.at(-1) ?? 1;
  if (sizeOf(constant.shape) === 1) return draft.parameter(role, [], values.subarray(0, 1), name, constant.name);
  return isByChannel(values, channels)
    ? draft.parameter(role, [channels], values.subarray(0, channels), name, constant.name)
    : draft.parameter(role, shape, values, name, constant.name);
}

/** A constant's number for each element of a node. */
function inNodeOrder(constant: OnnxArray, view: OnnxView, order: Int32Array): Float64Array {
  if (constant.data.length === 1) return new Float64Array(order.length).fill(constant.data[0] ?? 0);
  const from = broadcastPlaces(constant.shape, view.shape);
  return new Float64Array(order.length).map((_, i) => constant.data[from[order[i] ?? 0] ?? 0] ?? 0);
}

function isByChannel(values: Float64Array, channels: number): boolean {
  return values.every((value, i) => value === values[i % channels]);
}
