import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnalogConvolutionShape } from './analog-convolution.js';
import {
  analogConvolutionFields,
  analogConvolutionScratch,
  analogConvolutionShapeFields,
  packAnalogWeights,
} from './analog-convolution.js';
import type { Bench } from './kernels.fixture.js';
import { bench } from './kernels.fixture.js';
import { layOut, paddedChannels } from './layout.js';

let table: Bench;
beforeAll(async () => {
  table = await bench();
});

describe('f32_convolution', () => {
  it('gives the reference’s sums over channels, kernels, strides, paddings, dilations and steps', () => {
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 7 }),
          columns: fc.integer({ min: 1, max: 7 }),
          channels: fc.integer({ min: 1, max: 9 }),
          before: fc.constantFrom(0, 2),
          outputs: fc.integer({ min: 1, max: 19 }),
          kernel: fc.tuple(small, small),
          stride: fc.oneof(fc.tuple(small, small), fc.constant([8, 9] as const)),
          dilation: fc.constantFrom<readonly [number, number]>([1, 1], [2, 1], [1, 2], [8, 9]),
          top: fc.constantFrom(0, 1, 2, 7),
          left: fc.constantFrom(0, 1, 2, 9),
          steps: fc.constantFrom(1, 3),
          seed: fc.integer({ min: 1, max: 1000 }),
        }),
        ({ rows, columns, channels, before, outputs, kernel, stride, dilation, top, left, steps, seed }) => {
          const reach = (axis: 0 | 1): number => (kernel[axis] - 1) * dilation[axis] + 1;
          const extent = (size: number, axis: 0 | 1, padding: number): number =>
            Math.floor((Math.max(size + 2 * padding, reach(axis)) - reach(axis)) / stride[axis]) + 1;
          const shape: AnalogConvolutionShape = {
            input: { rows, columns, pitch: before + channels },
            channels: { first: before, count: channels },
            kernel,
            stride,
            dilation,
            top,
            left,
            output: [extent(rows, 0, top), extent(columns, 1, left)],
            outputPitch: paddedChannels(outputs),
            outputs: { first: 0, count: outputs },
          };
          table.clear();
          // Integers, so that the order of the sums does not matter.
          const number = (i: number): number => ((i * 7919 + seed * 104_729) % 41) - 20;
          const size = rows * columns * shape.input.pitch;
          const input = Float32Array.from({ length: steps * size }, (_, i) => number(i));
          const weightAt = (i: number, j: number, c: number, o: number): number =>
            number(((i * kernel[1] + j) * channels + c) * outputs + o + 13);
          const [height, width] = shape.output;
          const outputSize = height * width * shape.outputPitch;
          const output = table.room(4 * steps * outputSize);
          const structure = layOut<(typeof analogConvolutionFields)[number], number>(analogConvolutionFields, {
            ...analogConvolutionShapeFields(shape),
            input: table.put(input),
            inputStep: size,
            output,
            outputStep: outputSize,
            steps,
            weights: table.put(packAnalogWeights(shape, weightAt, (o) => o + 1)),
            padded: table.room(analogConvolutionScratch(shape)),
          });
          table.kernels.f32_convolution(table.put(Int32Array.from(structure)));
          const expected = Float32Array.from({ length: steps * outputSize }, (_, at) => {
            const o = at % shape.outputPitch;
            const pixel = Math.floor(at / shape.outputPitch);
            const [t, row, column] = [
              Math.floor(pixel / width / height),
              Math.floor(pixel / width) % height,
              pixel % width,
            ];
            if (o >= outputs) return 0;
            let sum = o + 1;
            for (let i = 0; i < kernel[0]; i++) {
              for (let j = 0; j < kernel[1]; j++) {
                const [y, x] = [row * stride[0] - top + i * dilation[0], column * stride[1] - left + j * dilation[1]];
                if (y < 0 || x < 0 || y >= rows || x >= columns) continue;
                const from = t * size + (y * columns + x) * shape.input.pitch + before;
                for (let c = 0; c < channels; c++) sum += (input[from + c] ?? 0) * weightAt(i, j, c, o);
              }
            }
            return sum;
          });
          expect(table.floats(output, steps * outputSize)).toEqual(expected);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});
