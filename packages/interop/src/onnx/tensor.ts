import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import type { OnnxTensor } from './model.js';
import { elementTypes } from './model.js';

/** A float32 array as ONNX keeps it, little-endian whatever the machine. */
export function floatTensor(name: string, shape: Shape, data: ArrayLike<number>): OnnxTensor {
  const bytes = new Uint8Array(4 * data.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i += 1) view.setFloat32(4 * i, data[i] ?? 0, true);
  return { name, shape, elementType: elementTypes.float32, bytes };
}

/** A vector of 64-bit whole numbers. */
export function wholeTensor(name: string, values: readonly number[]): OnnxTensor {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true));
  return { name, shape: [values.length], elementType: elementTypes.int64, bytes };
}

/** @throws if the tensor is of another type, or its bytes are not as many as its shape says. */
export function floatsOf({ name, shape, elementType, bytes }: OnnxTensor): Float32Array {
  expectBytes(name, shape, elementType, elementTypes.float32, bytes, 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return new Float32Array(sizeOf(shape)).map((_, i) => view.getFloat32(4 * i, true));
}

/** @throws as {@link floatsOf}. */
export function wholesOf({ name, shape, elementType, bytes }: OnnxTensor): readonly number[] {
  expectBytes(name, shape, elementType, elementTypes.int64, bytes, 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: sizeOf(shape) }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}

function expectBytes(
  name: string,
  shape: Shape,
  elementType: number,
  wanted: number,
  bytes: Uint8Array,
  width: number,
): void {
  if (elementType !== wanted) {
    throw new Error(`tensor '${name}' has elements of ONNX type ${elementType} where ${wanted} is needed`);
  }
  if (bytes.length !== width * sizeOf(shape)) {
    throw new Error(
      `tensor '${name}' [${shape.join(', ')}] needs ${width * sizeOf(shape)} bytes, but has ${bytes.length}`,
    );
  }
}

/** The elements of a row-major array with its axes in another order: axis `i` of the result is axis `axes[i]` of the array. */
export function permuted(
  data: ArrayLike<number>,
  shape: Shape,
  axes: readonly number[],
): { readonly shape: Shape; readonly data: Float32Array } {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const to = axes.map((axis) => shape[axis] ?? 1);
  const result = new Float32Array(data.length).map((_, i) => {
    let [rest, from] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis -= 1) {
      const size = to[axis] ?? 1;
      from += (rest % size) * (strides[axes[axis] ?? 0] ?? 0);
      rest = Math.floor(rest / size);
    }
    return data[from] ?? 0;
  });
  return { shape: to, data: result };
}
