import { firstNotFinite } from './finite-values.js';
import type { Shape } from './shape.js';

interface ElementArrays {
  readonly F64: Float64Array;
  readonly F32: Float32Array;
  /** IEEE half precision, as its bits; {@link toFloat32} widens it. */
  readonly F16: Uint16Array;
  /** The upper half of a float32, as its bits; {@link toFloat32} widens it. */
  readonly BF16: Uint16Array;
  readonly I64: BigInt64Array;
  readonly I32: Int32Array;
  readonly I16: Int16Array;
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  readonly BOOL: Uint8Array;
}

/** The supported element types of the safetensors format. */
export type SafeTensorType = keyof ElementArrays;

/** Bytes per element in a file. */
export const bytesPerElement: Readonly<Record<SafeTensorType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** An array of a safetensors file, row-major; told apart by `dtype`. A dimension may be 0 in this format. */
export type SafeTensor = {
  readonly [Type in SafeTensorType]: {
    readonly dtype: Type;
    readonly shape: Shape;
    readonly data: ElementArrays[Type];
  };
}[SafeTensorType];

export function isSafeTensorType(value: unknown): value is SafeTensorType {
  return typeof value === 'string' && Object.hasOwn(bytesPerElement, value);
}

function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The elements of a floating-point tensor as float32: F32 as it is (not copied), F16 and BF16 widened exactly, F64
 * rounded to the nearest.
 *
 * @param name the tensor, for the message
 * @throws if the tensor holds integers or booleans.
 */
export function toFloat32(tensor: SafeTensor, name: string): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F64':
      return Float32Array.from(tensor.data);
    case 'F16':
      return Float32Array.from(tensor.data, widenHalf);
    case 'BF16':
      return new Float32Array(Uint32Array.from(tensor.data, (bits) => (bits << 16) >>> 0).buffer);
    default:
      throw new Error(
        `The tensor '${name}' is ${tensor.dtype}; a floating-point type (F32, F16, BF16, F64) is needed.`,
      );
  }
}

function firstNotFiniteOf(tensor: SafeTensor): number {
  switch (tensor.dtype) {
    case 'F64':
    case 'F32':
      return firstNotFinite(tensor.data);
    case 'F16':
      return tensor.data.findIndex((bits) => (bits & 0x7c00) === 0x7c00);
    case 'BF16':
      return tensor.data.findIndex((bits) => (bits & 0x7f80) === 0x7f80);
    default:
      return -1;
  }
}

/**
 * Checks that a tensor holds no NaN and no infinity; integers always pass.
 *
 * @param name the tensor, for the message
 * @param source the file, for the message
 * @throws naming the first element that is not finite.
 */
export function assertFinite(tensor: SafeTensor, name: string, source: string): void {
  const at = firstNotFiniteOf(tensor);
  if (at >= 0)
    throw new Error(`${source}: tensor '${name}': its element ${at} is NaN or infinite; every element must be finite.`);
}
