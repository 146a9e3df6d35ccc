import { sizeOf } from '@rheobase/network';
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
