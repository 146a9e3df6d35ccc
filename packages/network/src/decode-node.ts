import type { Decode } from './decode.js';
import { count, dictionary, finite, list, object, one, oneOf, text, two } from './decode.js';
import { inWords } from './in-words.js';
import type { NetworkNode, NodeOf, Op, Padding } from './node.js';
import type { ModelSpec } from './spec.js';
import { unknownName } from './registry.js';

const named = <const O extends Op>(op: O) => ({ op: oneOf(op), name: text });
const fromOne = one(text);
const pair = two(count);
const padding = object<Padding>({ top: count, bottom: count, left: count, right: count });
const window = { inputs: fromOne, size: pair, stride: pair, padding };
const model = object<ModelSpec>({ kind: text, parameters: dictionary(text), attributes: dictionary(finite) });

const decoders: { readonly [O in Op]: Decode<NodeOf<O>> } = {
  input: object<NodeOf<'input'>>({
    ...named('input'),
    inputs: (value, at) => {
      if (list(text)(value, at).length > 0) throw new Error(`${at} must be empty: an input reads no node.`);
      return [];
    },
    shape: list(count),
  }),
  conv2d: object<NodeOf<'conv2d'>>({
    ...named('conv2d'),
    inputs: fromOne,
    weight: text,
    bias: { ifPresent: text },
    stride: pair,
    padding,
    dilation: pair,
    groups: count,
  }),
  dense: object<NodeOf<'dense'>>({ ...named('dense'), inputs: fromOne, weight: text, bias: { ifPresent: text } }),
  batchNorm: object<NodeOf<'batchNorm'>>({
    ...named('batchNorm'),
    inputs: fromOne,
    scale: text,
    offset: text,
    mean: text,
    variance: text,
    epsilon: finite,
  }),
  activation: object<NodeOf<'activation'>>({ ...named('activation'), inputs: fromOne, activation: model }),
  neuron: object<NodeOf<'neuron'>>({
    ...named('neuron'),
    inputs: fromOne,
    neuron: model,
    spikeValue: { ifPresent: oneOf('one') },
  }),
  quantize: object<NodeOf<'quantize'>>({ ...named('quantize'), inputs: fromOne, step: text, limit: count }),
  scale: object<NodeOf<'scale'>>({ ...named('scale'), inputs: fromOne, factor: text }),
  avgPool: object<NodeOf<'avgPool'>>({ ...named('avgPool'), ...window, divisor: oneOf('window', 'inside', 'none') }),
  maxPool: object<NodeOf<'maxPool'>>({ ...named('maxPool'), ...window }),
  globalAvgPool: object<NodeOf<'globalAvgPool'>>({ ...named('globalAvgPool'), inputs: fromOne }),
  add: object<NodeOf<'add'>>({ ...named('add'), inputs: list(text) }),
  concat: object<NodeOf<'concat'>>({ ...named('concat'), inputs: list(text) }),
  split: object<NodeOf<'split'>>({ ...named('split'), inputs: fromOne, sizes: list(count), part: count }),
  channelShuffle: object<NodeOf<'channelShuffle'>>({ ...named('channelShuffle'), inputs: fromOne, groups: count }),
  upsample: object<NodeOf<'upsample'>>({
    ...named('upsample'),
    inputs: fromOne,
    factor: pair,
    method: oneOf('nearest', 'bilinear'),
  }),
  pad: object<NodeOf<'pad'>>({
    ...named('pad'),
    inputs: fromOne,
    padding,
    channels: object<NodeOf<'pad'>['channels']>({ before: count, after: count }),
  }),
  subsample: object<NodeOf<'subsample'>>({ ...named('subsample'), inputs: fromOne, stride: pair }),
  flatten: object<NodeOf<'flatten'>>({ ...named('flatten'), inputs: fromOne }),
  reshape: object<NodeOf<'reshape'>>({ ...named('reshape'), inputs: fromOne, shape: list(count) }),
  output: object<NodeOf<'output'>>({ ...named('output'), inputs: fromOne }),
};

const isOp = (op: string): op is Op => Object.hasOwn(decoders, op);

/**
 * A node from plain data, with exactly the fields of its operation. Whether it fits its network is for the validator.
 *
 * @param at where it stands, for messages
 * @throws naming the node and the field.
 */
export const decodeNode: Decode<NetworkNode> = (value, at) => {
  if (typeof value !== 'object' || value === null) throw new Error(`${at} must be an object, not ${inWords(value)}.`);
  const op = text('op' in value ? value.op : undefined, `${at}: op`);
  const name = text('name' in value ? value.name : undefined, `${at}: name`);
  if (!isOp(op)) throw new Error(`${at} '${name}': ${unknownName('operation', op, Object.keys(decoders))}`);
  return decoders[op](value, `${at} '${name}' (${op})`);
};
