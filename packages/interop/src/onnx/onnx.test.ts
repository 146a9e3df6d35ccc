import type { Network } from '@rheobase/network';
import {
  constantParameter,
  float32Parameter,
  networkBuilder,
  NetworkError,
  parameterOf,
  scalarParameter,
} from '@rheobase/network';
import type { RandomSite } from '@rheobase/testing';
import {
  integrateAndFireSite,
  networkArbitrary,
  randomArray,
  randomChoice,
  randomFeatures,
  randomNetwork,
  randomParameter,
  referenceForward,
} from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { decodeOnnx, importOnnx } from './import-onnx.js';
import { fromNetwork, toNetwork } from './ports.js';
import { inOrder } from './value.js';
import { encodeOnnx } from './encode-onnx.js';
import type { OnnxTensor } from './model.js';
import { decodeModel, elementTypes, encodeModel } from './model.js';

/** Any activation of @rheobase/activations; θ one, one for each channel or one for each element. */
const site: RandomSite = {
  op: 'activation',
  define: (random, shape) => {
    const kinds = ['relu', 'relu6', 'leaky-relu', 'clip', 'quant-clip', 'qcfs', 'leaky-quant-clip'] as const;
    const kind = randomChoice(random, kinds);
    const threshold = randomParameter(random, 'threshold', randomChoice(random, [[], shape.slice(-1), shape]), 0.5, 2);
    switch (kind) {
      case 'relu':
      case 'relu6':
        return { kind };
      case 'leaky-relu':
        return { kind, attributes: { slope: 0.25 } };
      case 'clip':
        return { kind, parameters: { threshold } };
      case 'quant-clip':
      case 'qcfs':
        return { kind, parameters: { threshold }, attributes: { levels: 4 } };
      case 'leaky-quant-clip':
        return { kind, parameters: { threshold }, attributes: { levels: 4, slope: 0.25 } };
    }
  },
};

const grid = (u: number, levels: number, theta: number, lowest: number): number =>
  theta * Math.min(Math.max(Math.floor((u * levels) / theta + 0.5) / levels, lowest), 1);
const leaky = (z: number, slope: number): number => (z > 0 ? z : slope * z);
const references = {
  relu6: (z: number) => Math.min(Math.max(z, 0), 6),
  'leaky-relu': (z: number, { slope = 1 }: Readonly<Record<string, number>>) => leaky(z, slope),
  qcfs: (z: number, { levels = 1, threshold = 1 }: Readonly<Record<string, number>>) => grid(z, levels, threshold, 0),
  'leaky-quant-clip': (z: number, { levels = 1, threshold = 1, slope = 1 }: Readonly<Record<string, number>>) =>
    grid(leaky(z, slope), levels, threshold, -1),
};

function outputsOf(network: Network, seed: number): readonly (readonly number[])[] {
  const input = network.nodes.find((node) => node.op === 'input');
  const image = randomArray(xoroshiro128plus(seed), input?.op === 'input' ? input.shape : [], -1, 1);
  const values = referenceForward(network, image, references);
  return network.nodes.filter(({ op }) => op === 'output').map(({ name }) => [...(values.get(name) ?? [])]);
}

describe('encodeOnnx', () => {
  it.each(['NHWC', 'NCHW'] as const)(
    'writes what decodeOnnx reads back to a network that computes the same (%s)',
    (layout) => {
      fc.assert(
        fc.property(
          networkArbitrary({ site, features: [...randomFeatures, 'depthToSpace', 'gather', 'analogHead'] }),
          fc.integer(),
          (network, seed) => {
            const read = decodeOnnx(encodeOnnx(network, { layout }), 'test.onnx');
            const [wanted, found] = [outputsOf(network, seed), outputsOf(read, seed)];
            expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
            const errors = wanted.map((values, i) =>
              Math.max(...values.map((value, j) => Math.abs(value - (found[i]?.[j] ?? Number.NaN)))),
            );
            expect(Math.max(...errors)).toBeLessThan(1e-5);
            for (const [name, { data, shape }] of read.parameters) {
              const before = network.parameters.get(name);
              if (before === undefined || before.role === 'threshold') continue;
              expect(shape).toEqual(before.shape);
              // A dense layer's rows are where its inputs are, so that these need not be moved.
              expect([...data].toSorted()).toEqual([...before.data].toSorted());
            }
          },
        ),
        { numRuns: 60, seed: 4 },
      );
    },
  );

  it('writes what is read the same if another program claims to have written it', () => {
    fc.assert(
      fc.property(
        networkArbitrary({ site, features: [...randomFeatures, 'depthToSpace', 'scale', 'gather', 'analogHead'] }),
        fc.integer(),
        (network, seed) => {
          const bytes = encodeModel({
            ...decodeModel(encodeOnnx(network, { layout: 'NCHW' }), 'test'),
            producer: 'other',
          });
          const imported = importOnnx(bytes, 'test.onnx');
          const [input] = network.nodes;
          const image = randomArray(xoroshiro128plus(seed), input?.op === 'input' ? input.shape : [], -1, 1);
          const [given] = importOnnx(encodeOnnx(network, { layout: 'NCHW' }), 'test.onnx').inputs;
          const [port] = imported.inputs;
          if (given === undefined || port === undefined) throw new Error('It has no input.');
          const wanted = referenceForward(network, image, references);
          const found = referenceForward(imported.network, toNetwork(port, fromNetwork(given, image)), references);
          for (const { name, node } of imported.outputs) {
            const values = fromNetwork(
              { ...port, order: inOrder(wanted.get(name)?.length ?? 0) },
              found.get(node ?? '') ?? [],
            );
            values.forEach((value, i) =>
              expect(Math.abs(value - (wanted.get(name)?.[i] ?? Number.NaN))).toBeLessThan(1e-4),
            );
          }
        },
      ),
      { numRuns: 60, seed: 9 },
    );
  });

  it('keeps names, metadata and an open batch size, and transposes images once at the input', () => {
    const build = networkBuilder();
    const image = build.input('image', [4, 5, 3]);
    const conv = build.conv2d('conv', image, { weight: constantParameter('weight', [3, 3, 3, 2], 0.5) });
    const pool = build.node({
      op: 'globalAvgPool',
      name: 'pool',
      inputs: [build.activation('relu', conv, { kind: 'relu' })],
    });
    build.output('scores', pool);
    const network = build.build({ model: 'tiny', normalization: 'none' });
    const model = decodeModel(encodeOnnx(network), 'test');
    expect(model.opset).toBe(17);
    expect(model.metadata).toEqual({ model: 'tiny', normalization: 'none' });
    expect(model.inputs).toEqual([{ name: 'image', shape: ['N', 4, 5, 3] }]);
    expect(model.outputs).toEqual([{ name: 'scores', shape: ['N', 2] }]);
    expect(model.nodes.map(({ type }) => type)).toEqual([
      'Transpose',
      'Conv',
      'Relu',
      'GlobalAveragePool',
      'Flatten',
      'Identity',
    ]);
    expect(model.initializers.map(({ name, shape }) => [name, shape])).toEqual([['conv.weight', [2, 3, 3, 3]]]);
    expect(decodeOnnx(encodeOnnx(network), 'test')).toEqual(network);
    expect(decodeModel(encodeOnnx(network, { layout: 'NCHW' }), 'test').inputs[0]?.shape).toEqual(['N', 3, 4, 5]);
  });

  it('writes a θ below zero as its magnitude', () => {
    const build = networkBuilder();
    const site = build.activation('clip', build.input('x', [3]), {
      kind: 'clip',
      parameters: { threshold: scalarParameter('threshold', -2) },
    });
    build.output('y', site);
    expect([...parameterOf(decodeOnnx(encodeOnnx(build.build()), 'test'), 'clip.threshold').data]).toEqual([2]);
  });

  it('names every node that has no counterpart', () => {
    const spiking = randomNetwork(xoroshiro128plus(1), { site: integrateAndFireSite, features: [], blocks: 2 });
    expect(() => encodeOnnx(spiking)).toThrow(NetworkError);
    expect(() => encodeOnnx(spiking)).toThrow(/site1, site2: \(neuron\) .* export the network it was converted from/);
    const build = networkBuilder();
    build.output('y', build.activation('odd', build.input('x', [3]), { kind: 'swish' }));
    expect(() => encodeOnnx(build.build())).toThrow(/odd: \(activation\) its activation 'swish' is not known/);
  });
});

describe('decodeOnnx', () => {
  it('refuses what is no model, and what encodeOnnx does not write, with the file’s name', () => {
    expect(() => decodeOnnx(Uint8Array.of(255, 255, 255), 'a.onnx')).toThrow(/^a\.onnx: it is not an ONNX model/);
    expect(() => decodeOnnx(new Uint8Array(), 'a.onnx')).toThrow(/^a\.onnx: it is an empty file/);
    expect(() => decodeOnnx(Uint8Array.of(0x20, 1), 'a.onnx')).toThrow(/^a\.onnx: .*no graph/);
  });

  describe('of elements outside of raw_data', () => {
    const build = networkBuilder();
    const weight = float32Parameter(
      'weight',
      [6, 2],
      Float32Array.from({ length: 12 }, (_, i) => i / 8 - 0.5),
    );
    const dense = build.dense('fc', build.input('x', [6]), { weight });
    build.output('y', build.node({ op: 'reshape', name: 'shaped', inputs: [dense], shape: [1, 1, 2] }));
    const network = build.build();
    const model = decodeModel(encodeOnnx(network), 'test');

    /** The model with other constants, as another program may write them. */
    const rewritten = (change: (tensor: OnnxTensor, bytes: DataView) => OnnxTensor) =>
      encodeModel({
        ...model,
        producer: 'other',
        initializers: model.initializers.map((tensor) =>
          change(tensor, new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset)),
        ),
      });
    const elements = ({ elementType, shape }: OnnxTensor, view: DataView): readonly number[] =>
      Array.from({ length: shape.reduce((product, side) => product * side, 1) }, (_, i) =>
        elementType === elementTypes.float32 ? view.getFloat32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
      );

    it.each([
      ['float_data and int64_data', elementTypes.float32, elementTypes.int64],
      ['double_data and int32_data', elementTypes.double, elementTypes.int32],
    ] as const)('reads %s', (_, forFloats, forWholes) => {
      const bytes = rewritten((tensor, view) => ({
        ...tensor,
        bytes: new Uint8Array(),
        elementType: tensor.elementType === elementTypes.float32 ? forFloats : forWholes,
        numbers: elements(tensor, view),
      }));
      expect(decodeOnnx(bytes, 'other.onnx')).toEqual(decodeOnnx(encodeOnnx(network), 'own.onnx'));
    });

    it('refuses elements in a file that it cannot read, of another type, or too few', () => {
      const bytes = new Uint8Array();
      const cases: readonly (readonly [change: Partial<OnnxTensor>, message: RegExp])[] = [
        [
          { external: { location: 'weights.bin', offset: 0 } },
          /has its elements in the file 'weights\.bin'; give importOnnx/,
        ],
        [{ elementType: 8 }, /has elements of string, which are not read/],
        [{ numbers: [1] }, /needs 12 elements, but has 1$/],
        [{}, /needs 48 bytes, but has 0$/],
      ];
      for (const [change, message] of cases) {
        const model = rewritten((tensor) =>
          tensor.elementType === elementTypes.float32 ? { ...tensor, bytes, ...change } : tensor,
        );
        expect(() => decodeOnnx(model, 'other.onnx')).toThrow(message);
        expect(() => decodeOnnx(model, 'other.onnx')).toThrow(
          /^other\.onnx: operator 'fc' \(Gemm\): tensor 'fc\.weight' \[6, 2\]/,
        );
      }
    });
  });

  it('holds what it reads to the limits of networks, with the names of file and node', () => {
    const build = networkBuilder();
    const weight = constantParameter('weight', [1, 1, 3, 2], 0.5);
    build.output('y', build.conv2d('conv', build.input('image', [4, 5, 3]), { weight }));
    const model = decodeModel(encodeOnnx(build.build()), 'test');
    const changed = (attribute: string, values: readonly number[]) =>
      encodeModel({
        ...model,
        nodes: model.nodes.map((node) =>
          node.type === 'Conv' ? { ...node, attributes: { ...node.attributes, [attribute]: values } } : node,
        ),
      });
    const far = 2 ** 31;
    for (const [attribute, values, field] of [
      ['dilations', [far, far], 'dilation'],
      ['strides', [far, 1], 'stride'],
      ['pads', [0, 0, far, 0], 'padding'],
    ] as const) {
      const refusal = new RegExp(
        `^far\\.onnx: operator 'conv' \\(Conv\\): \\(conv2d\\) its ${field} .*must be integers from \\d to 1048576`,
      );
      expect(() => decodeOnnx(changed(attribute, values), 'far.onnx')).toThrow(refusal);
    }
  });

  it('reads a chain of thousands of operators whose shapes follow from those before', () => {
    const builder = networkBuilder();
    let value = builder.input('x', [2, 2, 2]);
    for (let i = 0; i < 6000; i += 1) {
      value = builder.node({ op: 'split', name: `split${i}`, inputs: [value], sizes: [2], part: 0 });
      value = builder.node({ op: 'reshape', name: `reshape${i}`, inputs: [value], shape: [2, 2, 2] });
    }
    builder.output('out', value);
    const network = builder.build();
    // In time that grows with the square of the length this takes minutes.
    expect(decodeOnnx(encodeOnnx(network), 'chain.onnx').nodes).toHaveLength(2);
  });

  it('gives a network or a message that names the file, whatever bytes are changed or missing', () => {
    const bytes = encodeOnnx(randomNetwork(xoroshiro128plus(5), { site, features: randomFeatures, blocks: 3 }));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, length) => {
        const changed = Uint8Array.from(bytes.subarray(0, Math.max(length, at + 1)));
        changed[at] = byte;
        try {
          decodeOnnx(changed, 'b.onnx');
        } catch (error) {
          expect(String(error)).toMatch(/^(Error|OnnxRefusal): b\.onnx: /);
        }
      }),
      { numRuns: 300, seed: 6 },
    );
  });
});
