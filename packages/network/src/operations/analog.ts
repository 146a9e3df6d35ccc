import { dictionary, finite, flag, oneOf, text, two } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { attributesOf, elementFunctionNames, elementFunctions, pairFunctionNames } from '../element-functions.js';
import type { ChannelRun } from '../element-map.js';
import { channelsOf, inOrder } from '../element-map.js';
import type { ArgMaxNode, CombineNode, FunctionNode, SoftmaxNode } from '../node.js';
import type { Operation } from '../operation.js';
import { unknownName } from '../registry.js';
import { describeShape, sameShape } from '../shape.js';
import { fail } from '../shape-rules.js';

/** What all operations of an analog head have in common. */
const analog = { analog: true, integer: false } as const;

export const elementFunction: Operation<FunctionNode> = {
  ...analog,
  decode: nodeDecoder<FunctionNode>('function', {
    inputs: fromOne,
    function: oneOf(...elementFunctionNames),
    attributes: dictionary(finite),
  }),
  shape: ({ function: name, attributes }, [input = []]) => {
    const known = Object.keys(elementFunctions[name].attributes);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (!known.includes(attribute)) fail(unknownName(`attribute of '${name}'`, attribute, known));
      if (!Number.isFinite(value)) fail(`its attribute '${attribute}' is ${value}; it must be finite`);
    }
    const { min, max } = attributesOf(name, attributes);
    if (min !== undefined && max !== undefined && min > max) fail(`its min ${min} is above its max ${max}`);
    return input;
  },
  maps: () => inOrder,
};

export const combine: Operation<CombineNode> = {
  ...analog,
  decode: nodeDecoder<CombineNode>('combine', { inputs: two(text), function: oneOf(...pairFunctionNames) }),
  shape: ({ inputs }, [a = [], b = []]) => {
    if (!sameShape(a, b)) {
      fail(
        `it combines values of different shapes: '${inputs[0]}' ${describeShape(a)}, '${inputs[1]}' ${describeShape(b)}`,
      );
    }
    return a;
  },
  maps: () => [0, 1].map((slot) => ({ kind: 'order', slot })),
};

export const softmax: Operation<SoftmaxNode> = {
  ...analog,
  decode: nodeDecoder<SoftmaxNode>('softmax', { inputs: fromOne, log: flag }),
  shape: (_, [input = []]) => input,
  // Every channel from every other: for each distance between them two runs, one of which is empty for distance 0.
  maps: (_node, _inputs, to) => {
    const count = channelsOf(to);
    const channels = Array.from({ length: count }, (_, shift): readonly ChannelRun[] => [
      { to: 0, from: shift, length: count - shift },
      { to: count - shift, from: 0, length: shift },
    ]).flat();
    return [{ kind: 'channels', slot: 0, channels }];
  },
};

export const argMax: Operation<ArgMaxNode> = {
  ...analog,
  decode: nodeDecoder<ArgMaxNode>('argMax', { inputs: fromOne }),
  shape: (_, [input = []]) => [...input.slice(0, -1), 1],
  maps: (_node, [input = []]) => {
    const channels = Array.from({ length: channelsOf(input) }, (_, from) => ({ to: 0, from, length: 1 }));
    return [{ kind: 'channels', slot: 0, channels }];
  },
};
