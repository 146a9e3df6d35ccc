import { describe, expect, it } from 'vitest';
import type { SafeTensor } from './safe-tensor.js';
import { assertFinite, toFloat32 } from './safe-tensor.js';

const half = (...bits: number[]): SafeTensor => ({ dtype: 'F16', shape: [bits.length], data: Uint16Array.from(bits) });
const brain = (...bits: number[]): SafeTensor => ({
  dtype: 'BF16',
  shape: [bits.length],
  data: Uint16Array.from(bits),
});

describe('toFloat32', () => {
  it('widens half precision exactly: normal, subnormal, signed zero, infinite, NaN', () => {
    const values = toFloat32(half(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e00), 't');
    expect([...values]).toEqual([1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, -0, Infinity, -Infinity, NaN]);
  });

  it('widens every bfloat16 to the float32 with the same upper bits', () => {
    const bits = Array.from({ length: 0x10000 }, (_, i) => i);
    const widened = new Uint32Array(toFloat32(brain(...bits), 't').buffer);
    expect(widened.every((word, i) => word === i * 0x10000)).toBe(true);
  });

  it('gives float32 as it is and rounds float64', () => {
    const data = Float32Array.of(1, 2);
    expect(toFloat32({ dtype: 'F32', shape: [2], data }, 't')).toBe(data);
    expect([...toFloat32({ dtype: 'F64', shape: [1], data: Float64Array.of(0.1) }, 't')]).toEqual([Math.fround(0.1)]);
  });

  it('refuses integers and names the tensor', () => {
    expect(() => toFloat32({ dtype: 'I8', shape: [1], data: Int8Array.of(1) }, 'steps')).toThrow(/'steps' is I8/);
  });
});

describe('assertFinite', () => {
  it.each<[string, SafeTensor]>([
    ['F64', { dtype: 'F64', shape: [2], data: Float64Array.of(1, NaN) }],
    ['F32', { dtype: 'F32', shape: [2], data: Float32Array.of(1, -Infinity) }],
    ['F16', half(0x3c00, 0x7c00)],
    ['BF16', brain(0x3f80, 0xff81)],
  ])('refuses a %s tensor that is not finite and names file, tensor and element', (_, tensor) => {
    expect(() => assertFinite(tensor, 'conv.weight', 'model.safetensors')).toThrow(
      /model\.safetensors: tensor 'conv\.weight': its element 1 /,
    );
  });

  it('passes finite values and integers', () => {
    assertFinite(half(0x7bff, 0x8000), 't', 'f');
    assertFinite({ dtype: 'I64', shape: [1], data: BigInt64Array.of(-1n) }, 't', 'f');
  });
});
