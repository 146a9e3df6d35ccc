import '@tensorflow/tfjs-backend-wasm';
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { backend, engine, memory, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { kernelBuild, registerTrainingKernels, usesWinograd } from '../training-kernels.js';
import { randomValues } from '../two-backends.fixture.js';
import type { ConvolutionShape } from './convolution-shape.js';
import { withShape, turnedShape } from './convolution-shape.js';
import { heapOf } from './heap.js';
import type { KernelBuild } from './kernel-module.js';
import { loadKernelModule } from './kernel-module.js';
import { scalarFilterGradient, scalarForward, scalarInputGradient } from './scalar-convolution.fixture.js';
import {
  forwardByWinograd,
  gradientByWinograd,
  winogradFilterGradientStrips,
  winogradStrips,
} from './winograd-convolution.js';

interface Window {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly pad: readonly [top: number, bottom: number, left: number, right: number];
}

function shapeOf({ count, height, width, channels, filters, pad }: Window): ConvolutionShape {
  const [top, bottom, left, right] = pad;
  const one = { strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, groups: 1, kernelHeight: 3, kernelWidth: 3 };
  const output = { outputHeight: height + top + bottom - 2, outputWidth: width + left + right - 2 };
  return { count, height, width, channels, filters, top, left, ...output, ...one };
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
// Now and then beyond the window.
const padding = fc.oneof({ weight: 4, arbitrary: size(0, 2) }, { weight: 1, arbitrary: size(3, 6) });

const shapes: fc.Arbitrary<ConvolutionShape> = fc
  .record({
    count: size(1, 11),
    height: size(1, 13),
    width: size(1, 13),
    channels: size(1, 37),
    filters: size(1, 37),
    pad: fc.tuple(padding, padding, padding, padding),
  })
  .map(shapeOf)
  .filter(({ outputHeight, outputWidth }) => outputHeight > 0 && outputWidth > 0);

/** The three arrays' numbers of values. */
const sizesOf = (s: ConvolutionShape) => ({
  x: s.count * s.height * s.width * s.channels,
  w: 9 * s.channels * s.filters,
  y: s.count * s.outputHeight * s.outputWidth * s.filters,
});

interface Arrays {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly y: Float32Array;
}

function drawn(shape: ConvolutionShape, seed: number): Arrays {
  const { x, w, y } = sizesOf(shape);
  return { x: randomValues(x, seed), w: randomValues(w, seed + 1), y: randomValues(y, seed + 2) };
}

/** Runs the module's kernels, whichever the rule would choose. */
async function kernelsOf(build: KernelBuild) {
  await setBackend('wasm');
  const heap = heapOf(backend());
  const module = await loadKernelModule(heap.memory, { build, winograd: true });
  const forward = module.kernel('f32_conv2d_winograd_nhwc_4x4');
  const filterGradient = module.kernel('f32_conv2d_winograd_filter_gradient_nhwc_4x4');
  const run = (
    inputs: readonly Float32Array[],
    outputSize: number,
    use: (addresses: readonly number[]) => void,
  ): Float32Array =>
    tidy(() => {
      const tensors = [...inputs, new Float32Array(outputSize).fill(Number.NaN)].map((values) => tensor(values));
      use(tensors.map(heap.address));
      return Float32Array.from(tensors.at(-1)?.dataSync<'float32'>() ?? []);
    });
  return {
    forward: (s: ConvolutionShape, { x, w }: Omit<Arrays, 'y'>, bias: Float32Array, clamp: readonly number[]) =>
      run([x, w, bias], sizesOf(s).y, ([px = 0, pw = 0, pb = 0, py = 0]) =>
        withShape(heap, s, winogradStrips(s), (shape, scratch) => forward(shape, px, pw, pb, py, scratch, 0, ...clamp)),
      ),
    inputGradient: (s: ConvolutionShape, { w, y }: Omit<Arrays, 'x'>) =>
      run([y, w], sizesOf(s).x, ([py = 0, pw = 0, px = 0]) =>
        withShape(heap, turnedShape(s), winogradStrips(turnedShape(s)), (shape, scratch) =>
          forward(shape, py, pw, 0, px, scratch, 1, 0, 0, 0),
        ),
      ),
    filterGradient: (s: ConvolutionShape, { x, y }: Omit<Arrays, 'w'>) =>
      run([x, y], sizesOf(s).w, ([px = 0, py = 0, pw = 0]) =>
        withShape(heap, s, winogradFilterGradientStrips(s), (shape, scratch) =>
          filterGradient(shape, px, py, pw, scratch),
        ),
      ),
  };
}

/** The largest difference, in units of the largest expected value. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [most, difference] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(expected[i] ?? 0));
    const own = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    difference = own <= difference ? difference : own;
  }
  return most === 0 ? difference : difference / most;
}

const asDoubles = ({ x, w, y }: Arrays) => ({
  x: Float64Array.from(x),
  w: Float64Array.from(w),
  y: Float64Array.from(y),
});

for (const build of ['plain', 'relaxed'] as const) {
  describe(`Winograd's convolution, ${build} build`, () => {
    let kernels: Awaited<ReturnType<typeof kernelsOf>>;

    beforeAll(async () => {
      await setBackend('wasm');
      await registerTrainingKernels({ deterministic: build === 'plain' });
      if (kernelBuild() === build) kernels = await kernelsOf(build);
    });

    it('is the sum of a scalar reference to 2e-6 of the largest, forwards and both ways back, over odd sizes and paddings', ({
      skip,
    }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      fc.assert(
        fc.property(shapes, size(1, 1e6), (shape, seed) => {
          const arrays = drawn(shape, seed);
          const doubles = asDoubles(arrays);
          const bias = new Float32Array(shape.filters);
          expect(
            relativeError(kernels.forward(shape, arrays, bias, [0, 0, 0]), scalarForward(shape, doubles)),
          ).toBeLessThan(2e-6);
          expect(relativeError(kernels.inputGradient(shape, arrays), scalarInputGradient(shape, doubles))).toBeLessThan(
            2e-6,
          );
          expect(
            relativeError(kernels.filterGradient(shape, arrays), scalarFilterGradient(shape, doubles)),
          ).toBeLessThan(2e-6);
        }),
        { numRuns: 60, seed: 5 },
      );
    });

    it('holds 1e-5 of the largest value with 512 channels', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const wide = { count: 2, height: 8, width: 8, pad: [1, 1, 1, 1] } as const;
      for (const [channels, filters] of [
        [512, 5],
        [5, 512],
      ] as const) {
        const shape = shapeOf({ ...wide, channels, filters });
        const arrays = drawn(shape, 7);
        const doubles = asDoubles(arrays);
        const bias = new Float32Array(filters);
        expect(
          relativeError(kernels.forward(shape, arrays, bias, [0, 0, 0]), scalarForward(shape, doubles)),
        ).toBeLessThan(1e-5);
        expect(relativeError(kernels.inputGradient(shape, arrays), scalarInputGradient(shape, doubles))).toBeLessThan(
          1e-5,
        );
        expect(relativeError(kernels.filterGradient(shape, arrays), scalarFilterGradient(shape, doubles))).toBeLessThan(
          1e-5,
        );
      }
    });

    it('adds a bias, then clamps', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const shape = shapeOf({ count: 2, height: 9, width: 6, channels: 5, filters: 11, pad: [1, 1, 1, 1] });
      const arrays = drawn(shape, 3);
      const bias = randomValues(11, 4);
      const sums = scalarForward(shape, asDoubles(arrays));
      const expected = sums.map((sum, i) => Math.min(Math.max(sum + (bias[i % 11] ?? 0), -0.5), 1));
      expect(relativeError(kernels.forward(shape, arrays, bias, [1, -0.5, 1]), expected)).toBeLessThan(1e-5);
    });

    it('gives NaN wherever the window sees one', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const shape = shapeOf({ count: 2, height: 9, width: 9, channels: 3, filters: 2, pad: [1, 1, 1, 1] });
      for (let place = 0; place < sizesOf(shape).x; place += 7) {
        const arrays = drawn(shape, 3);
        arrays.x[place] = Number.NaN;
        for (const clamp of [
          [0, 0, 0],
          [1, 0, 6],
        ]) {
          const result = kernels.forward(shape, arrays, new Float32Array(2), clamp);
          scalarForward(shape, asDoubles(arrays)).forEach((value, i) => {
            if (Number.isNaN(value)) expect(result[i]).toBeNaN();
          });
          // The other image sees nothing of it.
          const other = place < 243 ? result.subarray(162) : result.subarray(0, 162);
          expect(other.every(Number.isFinite)).toBe(true);
        }
      }
    });

    it('gives an image the same bits alone and among others', ({ skip }) => {
      skip(kernelBuild() !== build, 'this engine has no relaxed SIMD');
      const one = { height: 10, width: 10, channels: 9, filters: 12, pad: [1, 1, 1, 1] } as const;
      const many = drawn(shapeOf({ ...one, count: 7 }), 3);
      const bias = new Float32Array(12);
      const all = kernels.forward(shapeOf({ ...one, count: 7 }), many, bias, [0, 0, 0]);
      for (let i = 0; i < 7; i++) {
        const alone = { ...many, x: many.x.subarray(i * 900, (i + 1) * 900) };
        const values = kernels.forward(shapeOf({ ...one, count: 1 }), alone, bias, [0, 0, 0]);
        expect(values).toEqual(all.subarray(i * 1200, (i + 1) * 1200));
      }
    });
  });
}

const layer = (count: number, side: number, channels: number, filters = channels): ConvolutionShape =>
  shapeOf({ count, height: side, width: side, channels, filters, pad: [1, 1, 1, 1] });

describe('the choice of a convolution kernel', () => {
  it('takes Winograd for the 3×3 layers of residual networks and VGG', () => {
    for (const [side, channels] of [
      [32, 16],
      [16, 32],
      [8, 64],
      [8, 256],
      [4, 512],
    ] as const) {
      expect(forwardByWinograd(layer(64, side, channels))).toBe(true);
      expect(gradientByWinograd(layer(64, side, channels))).toBe(true);
    }
  });

  it('leaves strides, dilation, groups, other windows, single pixels, few channels and very wide layers to the direct kernels', () => {
    const usual = layer(64, 32, 16);
    for (const other of [
      { ...usual, strideY: 2 },
      { ...usual, strideX: 2 },
      { ...usual, dilationY: 2 },
      { ...usual, dilationX: 2 },
      { ...usual, groups: 2 },
      { ...usual, kernelHeight: 1 },
      { ...usual, kernelWidth: 5 },
      layer(1, 1, 64),
      layer(1, 2, 64),
      layer(64, 32, 1),
      layer(64, 8, 2048),
    ]) {
      expect(forwardByWinograd(other)).toBe(false);
      expect(gradientByWinograd(other)).toBe(false);
    }
  });

  it('is the same forwards in every batch of images from 8×8 pixels on', () => {
    fc.assert(
      fc.property(size(8, 40), size(1, 80), size(1, 80), size(2, 512), (side, channels, filters, count) => {
        expect(forwardByWinograd(layer(count, side, channels, filters))).toBe(
          forwardByWinograd(layer(1, side, channels, filters)),
        );
      }),
      { seed: 6 },
    );
  });
});

describe('the registered convolutions', () => {
  const attributes: NamedAttrMap = { strides: [1, 1], dilations: [1, 1], pad: 'same', dataFormat: 'NHWC' };

  function results(): readonly Float32Array[] {
    const shape = layer(5, 12, 16, 20);
    const { x, w, y } = drawn(shape, 9);
    return tidy(() => {
      const [xs, filter] = [tensor(x, [5, 12, 12, 16]), tensor(w, [3, 3, 16, 20])];
      const dy = tensor(y, [5, 12, 12, 20]);
      const run = (name: string, inputs: Readonly<Record<string, Tensor>>, more: NamedAttrMap = {}) =>
        Float32Array.from(
          engine()
            .runKernel<Tensor>(name, { ...inputs }, { ...attributes, ...more })
            .dataSync<'float32'>(),
        );
      return [
        run('Conv2D', { x: xs, filter }),
        run('Conv2DBackpropInput', { dy, filter }, { inputShape: xs.shape }),
        run('Conv2DBackpropFilter', { x: xs, dy }, { filterShape: filter.shape }),
      ];
    });
  }

  it('use Winograd unless it is turned off, and give the same bits in every run', async () => {
    await setBackend('wasm');
    await registerTrainingKernels({ winograd: false });
    expect(usesWinograd()).toBe(false);
    const direct = results();
    await registerTrainingKernels();
    expect(usesWinograd()).toBe(true);
    const [first, again] = [results(), results()];
    first.forEach((values, i) => {
      expect(values).toEqual(again[i]);
      expect(values).not.toEqual(direct[i]);
      expect(relativeError(values, direct[i] ?? [])).toBeLessThan(2e-6);
    });
  });

  it('leave no tensor and no memory behind', () => {
    results();
    const held = () => ({ tensors: memory().numTensors, bytes: heapOf(backend()).memory.buffer.byteLength });
    const before = held();
    for (let i = 0; i < 50; i++) results();
    expect(held()).toEqual(before);
  });
});
