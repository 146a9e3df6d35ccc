import type { ElementFunctionName, PairFunctionName } from '@rheobase/network';
import { attributesOf, elementFunctions } from '@rheobase/network';
import { affine } from './affine.js';
import type { Call } from './call.js';
import { isBatched, refuse } from './call.js';
import { anyLayout, placedView, together } from './layout.js';
import { MixesBatch } from './refusal.js';
import type { ElementKind, OnnxArray, OnnxValueOf, OnnxView } from './value.js';
import { array, broadcastPlaces, broadcastShape, moved, movedView } from './value.js';

/** Applies an activation to a value, whatever the order of its elements in the network. */
export function site(
  { draft }: Call,
  view: OnnxView,
  kind: string,
  attributes: Readonly<Record<string, number>> = {},
  parameters: Readonly<Record<string, string>> = {},
  suffix?: string,
): OnnxView {
  const placed = anyLayout(draft, view);
  const node = draft.add(
    { op: 'activation', inputs: [placed.node], activation: { kind, attributes, parameters } },
    suffix,
  );
  return placedView({ ...placed, node }, { shape: view.shape, elements: 'float' });
}

/** Applies a function that is no activation of the method to a value, or to a constant. */
export function applied(
  { draft }: Call,
  value: OnnxValueOf,
  name: ElementFunctionName,
  attributes: Readonly<Record<string, number>> = {},
  elements: ElementKind = 'float',
): OnnxValueOf {
  if (value.kind === 'array') {
    const all = attributesOf(name, attributes);
    return array(
      value.shape,
      value.data.map((x) => elementFunctions[name].apply(x, all)),
      elements,
    );
  }
  return appliedTo({ draft }, value, name, attributes, elements);
}

export function appliedTo(
  { draft }: Pick<Call, 'draft'>,
  view: OnnxView,
  name: ElementFunctionName,
  attributes: Readonly<Record<string, number>> = {},
  elements: ElementKind = 'float',
): OnnxView {
  const placed = anyLayout(draft, view);
  const node = draft.add({ op: 'function', inputs: [placed.node], function: name, attributes });
  return placedView({ ...placed, node }, { shape: view.shape, elements });
}

/** Values broadcast to one shape. @throws if they do not fit, or would mix the samples of a batch. */
export function broadcastTogether(call: Call, values: readonly OnnxValueOf[]): readonly OnnxValueOf[] {
  const shape = broadcastShape(...values.map((value) => value.shape));
  if (shape === undefined) {
    return refuse(
      `its inputs do not broadcast to one shape: ${values.map((value) => `[${value.shape.join(', ')}]`).join(', ')}`,
    );
  }
  const mixes = values.some(
    (value) => isBatched(call, value) && (value.shape.length < shape.length || value.shape[0] !== shape[0]),
  );
  if (mixes) throw new MixesBatch();
  return values.map((value) => broadcastOne(value, shape));
}

function broadcastOne(value: OnnxValueOf, shape: readonly number[]): OnnxValueOf {
  // Constants stay as small as they are: their readers broadcast them.
  if (value.kind === 'array' || value.shape.join() === shape.join()) return value;
  return moved(value, shape, broadcastPlaces(value.shape, shape));
}

/** A constant as a value of the network, for operations of two values. */
export function asView(call: Call, like: OnnxView, constant: OnnxArray): OnnxView {
  const nowhere = movedView(like, like.shape, new Int32Array(like.at.length).fill(-1));
  return affine(call, nowhere, { offset: constant });
}

/** Applies a function of two values to them. */
export function combined(
  call: Call,
  name: PairFunctionName,
  a: OnnxValueOf,
  b: OnnxValueOf,
  elements: ElementKind = 'float',
): OnnxView {
  const { draft } = call;
  const like = a.kind === 'view' ? a : b;
  if (like.kind !== 'view') return refuse('both of its inputs are constants');
  const views = [a, b].map((value) => (value.kind === 'view' ? value : asView(call, like, value)));
  const { nodes, order } = together(draft, views);
  const [first = '', second = ''] = nodes;
  const node = draft.add({ op: 'combine', inputs: [first, second], function: name });
  return placedView({ node, order }, { shape: like.shape, elements });
}

/** The sum of values of one shape. */
export function sumOf({ draft }: Call, views: readonly OnnxView[]): OnnxView {
  const [first] = views;
  if (first === undefined) return refuse('it has no inputs');
  if (views.length === 1) return first;
  const { nodes, order } = together(draft, views);
  const node = draft.add({ op: 'add', inputs: nodes });
  return placedView({ node, order }, { shape: first.shape, elements: 'float' });
}
