import '@tensorflow/tfjs-backend-wasm';
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { backend, engine, setBackend, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { kernelBuild, registerTrainingKernels } from '../training-kernels.js';
import { expectNoGrowth } from '../two-backends.fixture.js';
import { convolutionShape } from './convolution-shape.js';
import type { Heap } from './heap.js';
import { heapOf } from './heap.js';
import { scalarFilterGradient, scalarForward, scalarInputGradient } from './scalar-convolution.fixture.js';

type Shape4 = [number, number, number, number];

interface Case {
  readonly input: Shape4;
  readonly filter: Shape4;
  readonly attributes: {
    readonly strides: [number, number];
    readonly dilations: [number, number];
    readonly pad: [[0, 0], [number, number], [number, number], [0, 0]];
    readonly dataFormat: 'NHWC';
    readonly groups: number;
  };
  readonly bias: boolean;
  readonly density: number;
  readonly seed: number;
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

// Now and then above the kernel.
const stride = fc.oneof({ weight: 4, arbitrary: size(1, 3) }, { weight: 1, arbitrary: size(4, 9) });
const padding = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: size(4, 8) });
// Now and then more than are taken at a time.
const channels = fc.oneof({ weight: 8, arbitrary: size(1, 21) }, { weight: 1, arbitrary: size(33, 70) });
const pairOf = (each: fc.Arbitrary<number>) => fc.tuple(each, each);

const cases: fc.Arbitrary<Case> = fc
  .record({
    count: size(1, 4),
    image: pairOf(fc.oneof({ weight: 8, arbitrary: size(1, 9) }, { weight: 1, arbitrary: size(20, 33) })),
    kernel: fc.constantFrom<[number, number]>([1, 1], [3, 3], [3, 3], [2, 3], [3, 1], [1, 4], [5, 5], [2, 7]),
    channels,
    filters: channels,
    groups: fc.constantFrom(1, 1, 2, 3),
    strides: fc.oneof(fc.constant<[number, number]>([1, 1]), pairOf(stride)),
    dilations: fc.constantFrom<[number, number]>([1, 1], [1, 1], [1, 1], [2, 1], [1, 2], [2, 3], [6, 1], [1, 7]),
    pad: fc.oneof(
      fc.constant([1, 1, 1, 1] as [number, number, number, number]),
      fc.tuple(padding, padding, padding, padding),
    ),
    density: fc.constantFrom(0, 0.02, 0.17, 0.6, 1),
    bias: fc.boolean(),
    seed: size(1, 1e6),
  })
  .map(({ count, image, kernel, channels, filters, groups, strides, dilations, pad, bias, density, seed }): Case => {
    const part = (number: number): number => Math.ceil(number / groups);
    return {
      input: [count, ...image, part(channels) * groups],
      filter: [...kernel, part(channels), part(filters) * groups],
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
        groups,
      },
      bias,
      density,
      seed,
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

const product = (sizes: readonly number[]): number => sizes.reduce((total, each) => total * each, 1);

/** Numbers from 0 to 1. */
function randomStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Multiples of 1/64 in −1 … 1, and of those that are kept none is 0: sums of products of them are exact in float32, so that equality is, too. */
function dyadic(count: number, seed: number, density = 1): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from({ length: count }, () => {
    const value = Math.ceil(random() * 64) / 64;
    const kept = random() < density;
    return (random() < 0.3 ? -value : value) * (kept ? 1 : 0);
  });
}

function run(kernelName: string, inputs: Readonly<Record<string, Tensor>>, attributes: NamedAttrMap): Float32Array {
  const result: Tensor = engine().runKernel(kernelName, { ...inputs }, attributes);
  const values = Float32Array.from(result.dataSync());
  result.dispose();
  for (const input of Object.values(inputs)) input.dispose();
  return values;
}

const toTensor = (values: ArrayLike<number>, shape: readonly number[]): Tensor =>
  tensor(Float32Array.from(values), [...shape]);

const always = { densest: 1 };
const same = { strides: [1, 1], dilations: [1, 1], pad: 'same', dataFormat: 'NHWC', groups: 1 };

function compare({ input, filter, attributes, bias, density, seed }: Case): void {
  const shape = convolutionShape(input, filter, attributes);
  const output: Shape4 = [shape.count, shape.outputHeight, shape.outputWidth, shape.filters];
  const x = dyadic(product(input), seed, density);
  const w = dyadic(product(filter), seed + 1);
  const y = dyadic(product(output), seed + 2);
  const b = dyadic(shape.filters, seed + 3);
  const expected = scalarForward(shape, { x, w }).map((sum, i) => sum + (bias ? (b[i % shape.filters] ?? 0) : 0));
  const inputs = { x: toTensor(x, input), filter: toTensor(w, filter), ...(bias && { bias: toTensor(b, [b.length]) }) };
  expect(run('RheobaseSparseConv2D', inputs, { ...attributes, ...always })).toEqual(Float32Array.from(expected));
  expect(
    run(
      'RheobaseSparseConv2DBackpropFilter',
      { x: toTensor(x, input), dy: toTensor(y, output) },
      { ...attributes, ...always, filterShape: filter },
    ),
  ).toEqual(Float32Array.from(scalarFilterGradient(shape, { x, y })));
  const dy = dyadic(product(output), seed + 4, density);
  expect(
    run(
      'RheobaseSparseConv2DBackpropInput',
      { dy: toTensor(dy, output), filter: toTensor(w, filter) },
      { ...attributes, ...always, inputShape: input },
    ),
  ).toEqual(Float32Array.from(scalarInputGradient(shape, { w, y: dy })));
}

/**
 * Gives kernels scratch memory with marks behind it.
 *
 * @throws if a mark is gone after a kernel has used its memory
 */
function watchScratch(heap: Heap): void {
  const { withScratch } = heap;
  heap.withScratch = (bytes, use) =>
    withScratch(bytes + 64, (address) => {
      const marks = (): Uint8Array => new Uint8Array(heap.memory.buffer, address + bytes, 64);
      marks().fill(0xa5);
      const result = use(address);
      if (marks().some((byte) => byte !== 0xa5)) throw new Error(`written behind ${bytes} bytes of scratch memory`);
      return result;
    });
}

for (const build of ['plain', 'relaxed'] as const) {
  describe(`the ${build} kernels for sparse convolutions`, () => {
    beforeAll(async () => {
      await setBackend('wasm');
      await registerTrainingKernels({ deterministic: build === 'plain' });
    });

    it('give exactly the sums of a scalar reference, whatever share of the input is 0, and stay in their memory', ({
      skip,
    }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const heap = heapOf(backend());
      const { withScratch } = heap;
      watchScratch(heap);
      try {
        fc.assert(fc.property(cases, compare), { numRuns: 120, seed: 31 });
      } finally {
        heap.withScratch = withScratch;
      }
    });

    it('add up in the same order every time', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const once = (): readonly Float32Array[] => {
        const x = Float32Array.from(dyadic(3 * 81 * 17, 1, 0.2), (value) => value / 3);
        const dy = Float32Array.from(dyadic(3 * 81 * 19, 2), (value) => value / 3);
        const [input, filter] = [toTensor(x, [3, 9, 9, 17]), toTensor(dyadic(9 * 17 * 19, 3), [3, 3, 17, 19])];
        return [
          run('RheobaseSparseConv2D', { x: input.clone(), filter }, { ...same, ...always }),
          run(
            'RheobaseSparseConv2DBackpropFilter',
            { x: input, dy: toTensor(dy, [3, 9, 9, 19]) },
            { ...same, ...always, filterShape: filter.shape },
          ),
        ];
      };
      expect(once()).toEqual(once());
    });

    it('leave an input that is not sparse to the dense kernels', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      for (const [density, kernel] of [
        [0.1, 'RheobaseSparseConv2D'],
        [0.9, 'RheobaseGroupedConv2D'],
      ] as const) {
        const x = Float32Array.from(dyadic(4 * 64 * 16, 5, density), (value) => value / 3);
        const w = Float32Array.from(dyadic(9 * 16 * 16, 6), (value) => value / 3);
        const dy = Float32Array.from(dyadic(4 * 64 * 16, 7), (value) => value / 3);
        const filterShape = [3, 3, 16, 16];
        const of = (name: string, densest: NamedAttrMap): readonly Float32Array[] => [
          run(name, { x: toTensor(x, [4, 8, 8, 16]), filter: toTensor(w, filterShape) }, { ...same, ...densest }),
          run(
            `${name}BackpropFilter`,
            { x: toTensor(x, [4, 8, 8, 16]), dy: toTensor(dy, [4, 8, 8, 16]) },
            { ...same, ...densest, filterShape },
          ),
        ];
        // Roundings tell which kernel it was.
        expect(of('RheobaseSparseConv2D', {})).toEqual(of(kernel, always));
      }
    });

    it('keep the heap as it is', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const x = toTensor(dyadic(4 * 64 * 19, 5, 0.1), [4, 8, 8, 19]);
      const filter = toTensor(dyadic(9 * 19 * 21, 6), [3, 3, 19, 21]);
      const dy = toTensor(dyadic(4 * 64 * 21, 7), [4, 8, 8, 21]);
      expectNoGrowth(() => [
        engine().runKernel('RheobaseSparseConv2D', { x, filter }, same),
        engine().runKernel('RheobaseSparseConv2DBackpropFilter', { x, dy }, { ...same, filterShape: filter.shape }),
        engine().runKernel(
          'RheobaseSparseConv2DBackpropInput',
          { dy, filter },
          { ...same, ...always, inputShape: x.shape },
        ),
      ]);
      for (const own of [x, filter, dy]) own.dispose();
    });
  });
}
