import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { NamedAttrMap, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  backend,
  conv2d,
  elu,
  engine,
  fused,
  memory,
  relu,
  relu6,
  setBackend,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
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

// Now and then above the kernel.
const stride = fc.oneof({ weight: 4, arbitrary: size(1, 3) }, { weight: 1, arbitrary: size(4, 9) });
const padding = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: size(4, 8) });

const cases: fc.Arbitrary<Case> = fc
  .record({
    kind: fc.constantFrom('full', 'grouped', 'depthwise'),
    count: size(1, 3),
    image: fc.tuple(size(1, 11), size(1, 11)),
    kernel: fc.constantFrom<[number, number]>([1, 1], [3, 3], [2, 3], [3, 1], [1, 4], [5, 5]),
    channels: size(1, 37),
    filters: size(1, 37),
    groups: size(2, 4),
    strides: fc.tuple(stride, stride),
    dilations: fc.constantFrom<[number, number]>([1, 1], [1, 1], [2, 1], [1, 2], [2, 3], [6, 1], [1, 7]),
    pad: fc.tuple(padding, padding, padding, padding),
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

/** The result of a convolution and its gradients, from tfjs' kernels of whatever backend is current. */
function onCurrentBackend({ input, filter, attributes }: Case): readonly Float32Array[] {
  const { outputHeight, outputWidth, filters } = convolutionShape(input, filter, { ...attributes, groups: 1 });
  const product = (sizes: readonly number[]): number => sizes.reduce((total, s) => total * s, 1);
  const output = [input[0], outputHeight, outputWidth, filters];
  return tidy(() => {
    const x = toTensor(dyadic(product(input), 1), input);
    const w = toTensor(dyadic(product(filter), 2), filter);
    const dy = toTensor(dyadic(product(output), 3), output);
    return [
      run('Conv2D', { x, filter: w }, attributes),
      run('Conv2DBackpropInput', { dy, filter: w }, { ...attributes, inputShape: input }),
      run('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter }),
    ];
  });
}

describe('the scalar reference', () => {
  it('has the gradients that central differences of its result say, in float64', () => {
    for (const { input, filter, groups, attributes } of fc.sample(cases, { numRuns: 20, seed: 3 })) {
      const shape = convolutionShape(input, filter, { ...attributes, groups });
      const product = (sizes: readonly number[]): number => sizes.reduce((total, s) => total * s, 1);
      const x = dyadic(product(input), 1);
      const w = dyadic(product(filter), 2);
      const y = dyadic(shape.count * shape.outputHeight * shape.outputWidth * shape.filters, 3);
      const loss = (): number => scalarForward(shape, { x, w }).reduce((sum, value, k) => sum + value * (y[k] ?? 0), 0);
      const difference = (values: Float64Array, i: number): number => {
        const value = values[i] ?? 0;
        values[i] = value + 0.5;
        const above = loss();
        values[i] = value - 0.5;
        const below = loss();
        values[i] = value;
        return above - below;
      };
      for (const part of [0, 0.3, 0.7, 0.99]) {
        const [i, j] = [Math.floor(part * x.length), Math.floor(part * w.length)];
        expect(scalarInputGradient(shape, { w, y })[i]).toBeCloseTo(difference(x, i), 9);
        expect(scalarFilterGradient(shape, { x, y })[j]).toBeCloseTo(difference(w, j), 9);
      }
    }
  });
});

for (const build of ['plain', 'relaxed'] as const) {
  describe(`the ${build} direct convolution kernels`, () => {
    beforeAll(async () => {
      await setBackend('wasm');
      await registerTrainingKernels({ deterministic: build === 'plain', winograd: false });
    });

    it('give exactly the sums of a scalar reference, forwards and both ways back, over remainders, strides, paddings, dilations and groups', ({
      skip,
    }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      fc.assert(fc.property(cases, compare), { numRuns: 150, seed: 11 });
    });

    it("agree with tfjs-backend-cpu's convolutions and their gradients", async ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      // What tfjs takes as well: no groups, and in gradients no dilation.
      const shared = cases.filter(
        ({ groups, attributes }) => groups !== 'depthwise' && groups === 1 && attributes.dilations.join() === '1,1',
      );
      for (const given of fc.sample(shared, { numRuns: 25, seed: 23 })) {
        await setBackend('wasm');
        const ours = onCurrentBackend(given);
        await setBackend('cpu');
        const theirs = onCurrentBackend(given);
        ours.forEach((values, i) => expect(values).toEqual(theirs[i]));
      }
      await setBackend('wasm');
    });

    it('add a bias and clamp, and leave other activations to tfjs', () => {
      tidy(() => {
        const x = toTensor(dyadic(2 * 5 * 5 * 3, 1), [2, 5, 5, 3]) as Tensor4D;
        const filter = toTensor(dyadic(9 * 3 * 11, 2), [3, 3, 3, 11]) as Tensor4D;
        const bias = toTensor(dyadic(11, 3), [11]) as Tensor1D;
        const sums = add(conv2d(x, filter, 1, 'same'), bias);
        const activations = { linear: sums, relu: relu(sums), relu6: relu6(sums), elu: elu(sums) };
        for (const [activation, expected] of Object.entries(activations)) {
          const result = fused.conv2d({
            x,
            filter,
            bias,
            strides: 1,
            pad: 'same',
            activation: activation as keyof typeof activations,
          });
          const wanted = expected.dataSync();
          result.dataSync().forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 5));
        }
      });
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
