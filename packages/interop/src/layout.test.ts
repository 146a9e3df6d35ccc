import { sizeOf } from '@rheobase/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layout } from './layout.js';
import { reordered, transpose, transposed, transposedAndReordered, unmoved } from './layout.js';

const counted = (length: number) => Float32Array.from({ length }, (_, at) => at);

function toParameter({ toParameter: rearrange, tensorShape }: Layout): Float32Array {
  const parameter = new Float32Array(sizeOf(tensorShape));
  rearrange(counted(sizeOf(tensorShape)), parameter);
  return parameter;
}

describe('transpose', () => {
  it('moves the axes of a matrix', () => {
    const result = new Float32Array(6);
    transpose([2, 3], [1, 0])(counted(6), result);
    expect([...result]).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('puts each element where its moved index says, in four dimensions', () => {
    const shape = [2, 3, 4, 5];
    const axes = [2, 3, 1, 0];
    const result = new Float32Array(120);
    transpose(shape, axes)(counted(120), result);
    for (const [o, i, h, w] of [
      [0, 0, 0, 0],
      [1, 2, 3, 4],
      [1, 0, 2, 3],
      [0, 2, 1, 4],
    ] as const) {
      expect(result[((h * 5 + w) * 3 + i) * 2 + o]).toBe(((o * 3 + i) * 4 + h) * 5 + w);
    }
  });
});

describe('transpose of any shape', () => {
  it('puts each element where NumPy would, also across the borders of its blocks', () => {
    const side = fc.oneof(fc.constantFrom(1, 2, 3, 5), fc.integer({ min: 60, max: 140 }));
    const shapes = fc.array(side, { minLength: 1, maxLength: 4 }).filter((shape) => sizeOf(shape) < 200_000);
    const cases = shapes.chain((shape) => {
      const axes = shape.map((_, axis) => axis);
      return fc.record({ shape: fc.constant(shape), axes: fc.shuffledSubarray(axes, { minLength: axes.length }) });
    });
    fc.assert(
      fc.property(cases, ({ shape, axes }) => {
        const result = new Float32Array(sizeOf(shape));
        transpose(shape, axes)(counted(result.length), result);
        const wrong = result.findIndex((value, at) => {
          const place = new Map<number, number>();
          let rest = at;
          for (const axis of axes.toReversed()) {
            place.set(axis, rest % (shape[axis] ?? 1));
            rest = Math.floor(rest / (shape[axis] ?? 1));
          }
          return value !== shape.reduce((sum, length, axis) => sum * length + (place.get(axis) ?? 0), 0);
        });
        expect(wrong).toBe(-1);
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});

describe('transposed', () => {
  it('says which shape the tensor has and how its axes move', () => {
    const layout = transposed([3, 5, 16, 32], [2, 3, 1, 0], 'OIHW');
    expect(layout.tensorShape).toEqual([32, 16, 3, 5]);
    expect(layout.description).toBe('OIHW → HWIO');
  });
});

describe('every layout', () => {
  const order = Int32Array.of(2, 0, 3, 1);
  it.each<[string, Layout]>([
    ['unmoved', unmoved([2, 3, 4, 1], [2, 3, 1, 4])],
    ['transposed', transposed([2, 3, 4, 5], [2, 3, 1, 0], 'OIHW')],
    ['reordered', reordered(order, 'CHW → HWC')],
    ['transposed and reordered', transposedAndReordered(order, 3, 'O(CHW) → (HWC)O')],
  ])('goes there and back without a change: %s', (_, layout) => {
    const tensor = new Float32Array(sizeOf(layout.tensorShape));
    layout.toTensor(toParameter(layout), tensor);
    expect(tensor).toEqual(counted(tensor.length));
  });

  it('takes element order[i] of a reordered vector', () => {
    expect([...toParameter(reordered(order, ''))]).toEqual([2, 0, 3, 1]);
  });

  it('takes column order[i] of a dense layer behind a flattened image', () => {
    expect([...toParameter(transposedAndReordered(order, 2, ''))]).toEqual([2, 6, 0, 4, 3, 7, 1, 5]);
  });
});
