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

/** A vector of 64-bit integers. */
export function wholeTensor(name: string, values: readonly number[]): OnnxTensor {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true));
  return { name, shape: [values.length], elementType: elementTypes.int64, bytes };
}

/** Of a type of elements: bytes of one in `bytes`, and how one is read there. */
interface ElementReader {
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
}

const readers: Readonly<Record<keyof typeof elementTypes, ElementReader>> = {
  float32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  double: { width: 8, read: (view, at) => view.getFloat64(at, true) },
  int32: { width: 4, read: (view, at) => view.getInt32(at, true) },
  int64: { width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  bool: { width: 1, read: (view, at) => view.getUint8(at) },
};

/** The names of ONNX' other types of elements that models have, by their numbers. */
const otherTypes: Readonly<Record<number, string>> = {
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  8: 'string',
  10: 'float16',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

/**
 * The elements of a tensor of float32 or double, whichever field holds them.
 *
 * @throws if the tensor is of another type, its elements are in another file, or they are not as many as its shape says.
 */
export function floatsOf(tensor: OnnxTensor): Float32Array {
  const { size, at } = elementsOf(tensor, ['float32', 'double']);
  return new Float32Array(size).map((_, i) => at(i));
}

/** The elements of a tensor of int64 or int32. @throws as {@link floatsOf}. */
export function wholesOf(tensor: OnnxTensor): readonly number[] {
  const { size, at } = elementsOf(tensor, ['int64', 'int32']);
  return Array.from({ length: size }, (_, i) => at(i));
}

/** How many elements a tensor has, whatever its shape says. */
export function elementCount({ numbers, elementType, bytes }: OnnxTensor): number {
  const type = typeOf(elementType);
  return numbers?.length ?? Math.ceil(bytes.length / (type === undefined ? 1 : readers[type].width));
}

/** The elements of a tensor, each by its position. */
interface Elements {
  readonly size: number;
  readonly at: (position: number) => number;
}

function elementsOf(tensor: OnnxTensor, wanted: readonly (keyof typeof elementTypes)[]): Elements {
  const { name, shape, elementType, bytes, numbers, isExternal } = tensor;
  if (isExternal === true)
    throw new Error(`tensor '${name}' has its elements in another file; only those in the model itself are read`);
  const type = typeOf(elementType);
  if (type === undefined || !wanted.includes(type)) {
    const found = type ?? otherTypes[elementType] ?? `ONNX type ${elementType}`;
    throw new Error(`tensor '${name}' has elements of ${found} where ${wanted.join(' or ')} is needed`);
  }
  const { width, read } = readers[type];
  const size = sizeOf(shape);
  const shown = `tensor '${name}' [${shape.join(', ')}]`;
  if (numbers !== undefined) {
    if (bytes.length > 0) throw new Error(`${shown} has its elements twice, as numbers and as bytes`);
    if (numbers.length !== size) throw new Error(`${shown} needs ${size} elements, but has ${numbers.length}`);
    return { size, at: (i) => numbers[i] ?? 0 };
  }
  if (bytes.length !== width * size) {
    throw new Error(`${shown} needs ${width * size} bytes, but has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { size, at: (i) => read(view, width * i) };
}

const types = ['float32', 'int32', 'int64', 'double'] as const;

function typeOf(elementType: number): keyof typeof elementTypes | undefined {
  return types.find((type) => elementTypes[type] === elementType);
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
