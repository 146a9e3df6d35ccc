import '@tensorflow/tfjs-backend-wasm';
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { backend, engine, memory, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { kernelBuild, registerTrainingKernels } from '../training-kernels.js';
import type { ConvolutionShape } from './convolution-shape.js';
import { convolutionShape } from './convolution-shape.js';
import { heapOf } from './heap.js';
import { scalarFilterGradient, scalarForward, scalarInputGradient } from './scalar-convolution.fixture.js';

type Shape4 = [number, number, number, number];

interface Case {
  readonly input: Shape4;
  readonly filter: Shape4;
  readonly groups: number | 'depthwise';
  readonly attributes: {
    readonly strides: [number, number];
    readonly dilations: [number, number];
    readonly pad: [[0, 0], [number, number], [number, number], [0, 0]];
    readonly dataFormat: 'NHWC';
  };
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

const cases: fc.Arbitrary<Case> = fc
  .record({
    kind: fc.constantFrom('full', 'grouped', 'depthwise'),
    count: size(1, 3),
    image: fc.tuple(size(1, 11), size(1, 11)),
    kernel: fc.constantFrom<[number, number]>([1, 1], [3, 3], [2, 3], [3, 1], [1, 4], [5, 5]),
    channels: size(1, 37),
    filters: size(1, 37),
    groups: size(2, 4),
    strides: fc.tuple(size(1, 3), size(1, 3)),
    dilations: fc.constantFrom<[number, number]>([1, 1], [1, 1], [2, 1], [1, 2], [2, 3]),
    pad: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
  })
  .map(({ kind, count, image, kernel, channels, filters, groups, strides, dilations, pad }): Case => {
    const small = (number: number): number => Math.ceil(number / 4);
    const sizes: Record<string, { c: number; filter: [number, number]; groups: Case['groups'] }> = {
      full: { c: channels, filter: [channels, filters], groups: 1 },
      grouped: { c: small(channels) * groups, filter: [small(channels), small(filters) * groups], groups },
      depthwise: { c: channels, filter: [channels, (filters % 3) + 1], groups: 'depthwise' },
    };
    const chosen = sizes[kind];
    if (chosen === undefined) throw new Error(`no kind ${kind}`);
    return {
      input: [count, ...image, chosen.c],
      filter: [...kernel, ...chosen.filter],
      groups: chosen.groups,
      attributes: {
        strides,
        dilations,
        pad: [
          [0, 0],
          [pad[0], pad[1]],
          [pad[2], pad[3]],
          [0, 0],
        ],
        dataFormat: 'NHWC',
      },
    };
  })
  .filter(({ input, filter, attributes: { dilations, pad } }) => {
    // tfjs counts no window that is larger than the padded image.
    const fits = (axis: 1 | 2): boolean => {
      const [before, after] = pad[axis];
      return (filter[axis - 1] ?? 1) * (dilations[axis - 1] ?? 1) <= (input[axis] ?? 0) + before + after;
    };
    return fits(1) && fits(2);
  });

/** Multiples of 1/64 in −1 … 1: products and sums of them are exact in float32, so that equality is exact too. */
function dyadic(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 129) / 64 - 1;
  });
}

function run(kernelName: string, inputs: Readonly<Record<string, Tensor>>, attributes: NamedAttrMap): Float32Array {
  const result: Tensor = engine().runKernel(kernelName, { ...inputs }, attributes);
  const values = Float32Array.from(result.dataSync());
  result.dispose();
  return values;
}

const toTensor = (values: Float64Array, shape: readonly number[]): Tensor =>
  tensor(Float32Array.from(values), [...shape]);

function compare(given: Case): void {
  const { input, filter, groups } = given;
  const shape: ConvolutionShape = convolutionShape(input, filter, { ...given.attributes, groups });
  const output: Shape4 = [shape.count, shape.outputHeight, shape.outputWidth, shape.filters];
  const product = (sizes: readonly number[]): number => sizes.reduce((total, s) => total * s, 1);
  const x = dyadic(product(input), 1);
  const w = dyadic(product(filter), 2);
  const y = dyadic(product(output), 3);
  const name = groups === 'depthwise' ? 'DepthwiseConv2dNative' : groups === 1 ? 'Conv2D' : 'RheobaseGroupedConv2D';
  tidy(() => {
    const attributes = { ...given.attributes, ...(typeof groups === 'number' ? { groups } : {}) };
    const [xs, ws, dys] = [toTensor(x, input), toTensor(w, filter), toTensor(y, output)];
    expect(run(name, { x: xs, filter: ws }, attributes)).toEqual(Float32Array.from(scalarForward(shape, { x, w })));
    expect(run(`${name}BackpropInput`, { dy: dys, filter: ws }, { ...attributes, inputShape: input })).toEqual(
      Float32Array.from(scalarInputGradient(shape, { w, y })),
    );
    expect(run(`${name}BackpropFilter`, { x: xs, dy: dys }, { ...attributes, filterShape: filter })).toEqual(
      Float32Array.from(scalarFilterGradient(shape, { x, y })),
    );
  });
}

for (const build of ['plain', 'relaxed'] as const) {
  describe(`the ${build} convolution kernels`, () => {
    beforeAll(async () => {
      await setBackend('wasm');
      await registerTrainingKernels({ deterministic: build === 'plain' });
    });

    it('give exactly the sums of a scalar reference, forwards and both ways back, over remainders, strides, paddings, dilations and groups', ({
      skip,
    }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      fc.assert(fc.property(cases, compare), { numRuns: 150, seed: 11 });
    });

    it('leave no tensor and no memory behind', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const given: Case = {
        input: [4, 16, 16, 19],
        filter: [3, 3, 19, 21],
        groups: 1,
        attributes: {
          strides: [2, 1],
          dilations: [1, 1],
          pad: [
            [0, 0],
            [1, 0],
            [2, 1],
            [0, 0],
          ],
          dataFormat: 'NHWC',
        },
      };
      tidy(() => {
        const { input, filter, attributes } = given;
        const shape = convolutionShape(input, filter, { ...attributes, groups: 1 });
        const x = toTensor(dyadic(4 * 16 * 16 * 19, 1), input);
        const w = toTensor(dyadic(9 * 19 * 21, 2), filter);
        const outputs = shape.count * shape.outputHeight * shape.outputWidth * shape.filters;
        const dy = toTensor(dyadic(outputs, 3), [shape.count, shape.outputHeight, shape.outputWidth, shape.filters]);
        const round = (): void => {
          run('Conv2D', { x, filter: w }, attributes);
          run('Conv2DBackpropInput', { dy, filter: w }, { ...attributes, inputShape: input });
          run('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter });
        };
        round();
        const before = { tensors: memory().numTensors, bytes: heapOf(backend()).memory.buffer.byteLength };
        for (let i = 0; i < 100; i++) round();
        expect({ tensors: memory().numTensors, bytes: heapOf(backend()).memory.buffer.byteLength }).toEqual(before);
      });
    });
  });
}
