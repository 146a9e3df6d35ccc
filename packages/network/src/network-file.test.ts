import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Network } from './network.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import type { NetworkNode } from './node.js';

import type { Parameter } from './parameter.js';
import { float32Parameter, indicesParameter } from './parameter.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { validateNetwork } from './validation.js';

const uneven = { top: 0, bottom: 1, left: 1, right: 0 };
const site = { kind: 'clip', parameters: { threshold: 'θ' }, attributes: { levels: 4 } };
const everyOp: readonly NetworkNode[] = [
  { op: 'input', name: 'x', inputs: [], shape: [4, 4, 2] },
  {
    op: 'conv2d',
    name: 'conv',
    inputs: ['x'],
    weight: 'w',
    bias: 'b',
    stride: [1, 1],
    padding: uneven,
    dilation: [1, 1],
    groups: 2,
  },
  { op: 'batchNorm', name: 'norm', inputs: ['conv'], scale: 'b', offset: 'b', mean: 'b', variance: 'v', epsilon: 1e-5 },
  { op: 'activation', name: 'site', inputs: ['norm'], activation: site },
  { op: 'neuron', name: 'neuron', inputs: ['site'], neuron: { ...site, kind: 'if' } },
  { op: 'avgPool', name: 'avg', inputs: ['neuron'], size: [2, 2], stride: [1, 1], padding: uneven, divisor: 'inside' },
  { op: 'maxPool', name: 'max', inputs: ['avg'], size: [2, 2], stride: [1, 1], padding: uneven },
  { op: 'add', name: 'add', inputs: ['avg', 'max'] },
  { op: 'concat', name: 'concat', inputs: ['add', 'x'] },
  { op: 'split', name: 'split', inputs: ['concat'], sizes: [1, 5], part: 1 },
  { op: 'pad', name: 'pad', inputs: ['split'], padding: uneven, channels: { before: 0, after: 1 } },
  { op: 'channelShuffle', name: 'shuffle', inputs: ['pad'], groups: 3 },
  { op: 'subsample', name: 'subsample', inputs: ['shuffle'], stride: [2, 3] },
  { op: 'upsample', name: 'upsample', inputs: ['subsample'], factor: [1, 2], method: 'bilinear' },
  { op: 'depthToSpace', name: 'depth', inputs: ['upsample'], block: 1 },
  { op: 'globalAvgPool', name: 'mean', inputs: ['depth'] },
  { op: 'reshape', name: 'reshape', inputs: ['mean'], shape: [1, 1, 6] },
  { op: 'flatten', name: 'flatten', inputs: ['reshape'] },
  { op: 'dense', name: 'dense', inputs: ['flatten'], weight: 'd' },
  { op: 'gather', name: 'gather', inputs: ['dense'], indices: 'i' },
  { op: 'function', name: 'function', inputs: ['gather'], function: 'clip', attributes: { max: 6 } },
  { op: 'combine', name: 'combine', inputs: ['function', 'gather'], function: 'multiply' },
  { op: 'softmax', name: 'softmax', inputs: ['combine'], log: false },
  { op: 'argMax', name: 'argMax', inputs: ['softmax'] },
  { op: 'output', name: 'out', inputs: ['argMax'] },
];

/** A network with every operation and every parameter type, its arrays filled from `fill`. */
function networkWith(fill: (index: number) => number, metadata: Readonly<Record<string, string>> = {}): Network {
  const floats = (size: number) => new Float32Array(size).map((_, i) => fill(i));
  const parameters = new Map<string, Parameter>([
    ['w', { role: 'weight', type: 'int8', shape: [2, 2, 1, 4], data: new Int8Array(16).map((_, i) => fill(i)) }],
    ['b', float32Parameter('bias', [4], floats(4))],
    [
      'v',
      float32Parameter(
        'statistic',
        [4],
        floats(4).map((x) => Math.abs(x)),
      ),
    ],
    ['θ', { role: 'threshold', type: 'int16', shape: [], data: new Int16Array(1).fill(fill(0)) }],
    ['i', indicesParameter([2], [0, -1])],
    ['d', { role: 'weight', type: 'int32', shape: [6, 1], data: new Int32Array(6).map((_, i) => fill(i)) }],
  ]);
  return { nodes: everyOp, parameters, metadata };
}
const valid = networkWith((i) => i - 3.5, { model: 'every operation' });

/** The valid network's file with the text of its description changed. */
function altered(change: (json: string) => string): Uint8Array {
  const { tensors, metadata } = readSafetensors(encodeNetwork(valid), 'valid');
  return writeSafetensors(tensors, { ...metadata, 'rheobase.network': change(metadata['rheobase.network'] ?? '') });
}
const decode = (bytes: Uint8Array) => decodeNetwork(bytes, 'net.safetensors');

describe('encodeNetwork', () => {
  it('writes what decodeNetwork reads back: nodes, order, roles, types, arrays, metadata', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 16 }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        (values, metadata) => {
          const network = networkWith((i) => values[i % values.length] ?? 0, metadata);
          const again = decode(encodeNetwork(network));
          expect(again).toEqual({ ...network, metadata: { ...metadata } });
          expect([...again.parameters.keys()]).toEqual([...network.parameters.keys()]);
          expect(encodeNetwork(again)).toEqual(encodeNetwork(network));
        },
      ),
      { seed: 5, numRuns: 25 },
    );
  });

  it('gives the same bytes whatever the order of a node’s fields', () => {
    const turned = everyOp.map(
      (node) => Object.fromEntries(Object.entries(node).toReversed()) as unknown as NetworkNode,
    );
    expect(encodeNetwork({ ...valid, nodes: turned })).toEqual(encodeNetwork(valid));
  });

  it('refuses a network that is not well-formed, a reserved key and a field that does not belong to its node', () => {
    expect(() => encodeNetwork({ ...valid, nodes: everyOp.slice(1) })).toThrow(
      /conv, concat: it reads 'x', which is not a node/,
    );
    expect(() => encodeNetwork({ ...valid, metadata: { 'rheobase.network': '' } })).toThrow(
      /reserved key 'rheobase\.network'/,
    );
    const extra = everyOp.map((node) => (node.op === 'flatten' ? { ...node, axis: 1 } : node));
    expect(() => encodeNetwork({ ...valid, nodes: extra })).toThrow(/'flatten' \(flatten\): There is no field 'axis'/);
  });
});

describe('decodeNetwork', () => {
  const swap = (from: string | RegExp, to: string) => (json: string) => json.replace(from, to);
  it.each<[string, (json: string) => string, RegExp]>([
    ['text that is not JSON', () => '{', /its 'rheobase\.network' is not JSON/],
    ['another version', swap('"version":1', '"version":2'), /has format version 2, but version 1 is read here/],
    ['a missing version', swap('"version":1,', ''), /version must be one of 1, not missing/],
    ['a field that occurs twice', swap('"op":"conv2d"', '"op":"conv2d","op":"conv2d"'), /field 'op' occurs twice/],
    [
      'an unknown operation',
      swap('"op":"conv2d"', '"op":"conv3d"'),
      /nodes\[1\] 'conv': There is no operation 'conv3d'\. Did you mean 'conv2d'\?/,
    ],
    [
      'an operation named like a prototype member',
      swap('"op":"conv2d"', '"op":"constructor"'),
      /no operation 'constructor'/,
    ],
    [
      'an unknown field',
      swap('"groups":2', '"groups":2,"group":2'),
      /nodes\[1\] 'conv' \(conv2d\): There is no field 'group'\. Did you mean 'groups'\?/,
    ],
    [
      'a missing field',
      swap('"dilation":[1,1],', ''),
      /'conv' \(conv2d\): dilation must be a list of two, not missing/,
    ],
    [
      'a field of another type',
      swap('"stride":[1,1]', '"stride":[1,"1"]'),
      /'conv' \(conv2d\): stride\[1\] must be an integer of at least 0, not "1"/,
    ],
    ['a negative size', swap('"shape":[4,4,2]', '"shape":[-4,4,2]'), /'x' \(input\): shape\[0\] must be/],
    ['an input that reads', swap('"inputs":[]', '"inputs":["conv"]'), /'x' \(input\): inputs must be empty/],
    ['a node that is no object', swap('"nodes":[', '"nodes":[null,'), /nodes\[0\] must be an object, not null/],
    ['a node without a name', swap('"name":"conv",', ''), /nodes\[1\]: name must be a text, not missing/],
    [
      'a name longer than any',
      swap('"name":"conv"', `"name":"${'c'.repeat(1001)}"`),
      /nodes\[1\]: name must be a name of at most 1000 characters, not "c+"…/,
    ],
    ['two inputs where one belongs', swap('"inputs":["x"]', '"inputs":["x","x"]'), /inputs must be a list of one/],
    ['an unknown role', swap('"role":"bias"', '"role":"offset"'), /parameters\[1\]: role must be one of weight, bias/],
    [
      'a parameter that is not there',
      swap('{"name":"b",', '{"name":"β",'),
      /parameter 'β' is listed, but there is no tensor/,
    ],
    [
      'a parameter that is listed twice',
      swap('"parameters":[', '"parameters":[{"name":"b","role":"bias"},'),
      /parameter 'b' is listed twice/,
    ],
    ['a tensor that is no parameter', swap('{"name":"b","role":"bias"},', ''), /tensor 'b': it is not a parameter/],
    [
      'a network that is not well-formed',
      swap('"inputs":["dense"]', '"inputs":["dens"]'),
      /gather: it reads 'dens', which is not a node/,
    ],
    [
      'sizes beyond what engines can handle',
      swap('"factor":[1,2]', '"factor":[9007199254740991,9007199254740991]'),
      /upsample: \(upsample\) its factor must be integers from 1 to 1048576, not 9007199254740991×9007199254740991/,
    ],
    [
      'an epsilon beyond the largest number',
      swap('0.00001', '1e999'),
      /'norm' \(batchNorm\): epsilon must be a finite number, not Infinity/,
    ],
  ])('refuses %s, and names the file', (_, change, message) => {
    expect(() => decode(altered(change))).toThrow(message);
    expect(() => decode(altered(change))).toThrow(/^net\.safetensors: /);
  });

  it('refuses values that are not finite, tensors of other types, and a file without a network', () => {
    const { tensors, metadata } = readSafetensors(encodeNetwork(valid), 'valid');
    const nan = new Map(tensors).set('b', { dtype: 'F32', shape: [4], data: Float32Array.of(0, 1, NaN, 2) });
    expect(() => decode(writeSafetensors(nan, metadata))).toThrow(
      /^net\.safetensors: tensor 'b': its element 2 is NaN/,
    );
    const half = new Map(tensors).set('b', { dtype: 'F16', shape: [4], data: new Uint16Array(4) });
    expect(() => decode(writeSafetensors(half, metadata))).toThrow(
      /tensor 'b': a parameter is F32, I8, I16 or I32, not F16/,
    );
    expect(() => decode(writeSafetensors(tensors, {}))).toThrow(/holds tensors but no network/);
  });

  it('gives a well-formed network or a message that names the file, whatever bytes are changed or missing', () => {
    const bytes = encodeNetwork(valid);
    const outcome = (damaged: Uint8Array): string => {
      try {
        return validateNetwork(decode(damaged)).length === 0 ? 'network' : 'malformed network';
      } catch (error) {
        if (!(error instanceof Error) || error instanceof RangeError) return `crash: ${String(error)}`;
        return error.message.startsWith('net.safetensors: ') ? 'refusal' : `message: ${error.message}`;
      }
    };
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
        fc.oneof({ weight: 4, arbitrary: fc.constant(bytes.length) }, { weight: 1, arbitrary: fc.nat(bytes.length) }),
        (changes, length) => {
          const damaged = bytes.slice(0, length);
          for (const [at, value] of changes) damaged[at] = value;
          seen.add(outcome(damaged));
        },
      ),
      { seed: 6, numRuns: 3000 },
    );
    expect([...seen].toSorted()).toEqual(['network', 'refusal']);
  });
});
