import type { Shape } from '@rheobase/network';
import { networkLimits, readingLimits, shortName, sizeOf } from '@rheobase/network';
import { transpose } from '../layout.js';
import type { OnnxTensor } from './model.js';
import { elementTypes } from './model.js';
import { Unreadable } from './refusal.js';
import type { ElementKind, Numbers, OnnxArray } from './value.js';

/** Whether this machine keeps numbers as ONNX does, so that hundreds of megabytes of weights are copied and not read number by number. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A float32 array as ONNX keeps it, little-endian whatever the machine. */
export function floatTensor(name: string, shape: Shape, data: ArrayLike<number>): OnnxTensor {
  if (isLittleEndian) {
    return { name, shape, elementType: elementTypes.float32, bytes: new Uint8Array(new Float32Array(data).buffer) };
  }
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

/** Of a type of elements: bytes of one in `bytes`, how one is read there, and from the number in a field, if that is another. */
interface ElementReader {
  readonly kind: ElementKind;
  readonly width: number;
  read(view: DataView, at: number): number;
  fromNumber?(number: number): number;
}

const readers: Readonly<Record<keyof typeof elementTypes, ElementReader>> = {
  float32: { kind: 'float', width: 4, read: (view, at) => view.getFloat32(at, true) },
  double: { kind: 'float', width: 8, read: (view, at) => view.getFloat64(at, true) },
  float16: { kind: 'float', width: 2, read: (view, at) => half(view.getUint16(at, true)), fromNumber: half },
  bfloat16: { kind: 'float', width: 2, read: (view, at) => brain(view.getUint16(at, true)), fromNumber: brain },
  int8: { kind: 'integer', width: 1, read: (view, at) => view.getInt8(at) },
  uint8: { kind: 'integer', width: 1, read: (view, at) => view.getUint8(at) },
  int16: { kind: 'integer', width: 2, read: (view, at) => view.getInt16(at, true) },
  uint16: { kind: 'integer', width: 2, read: (view, at) => view.getUint16(at, true) },
  int32: { kind: 'integer', width: 4, read: (view, at) => view.getInt32(at, true) },
  uint32: { kind: 'integer', width: 4, read: (view, at) => view.getUint32(at, true) },
  int64: { kind: 'integer', width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  uint64: { kind: 'integer', width: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  bool: { kind: 'boolean', width: 1, read: (view, at) => view.getUint8(at) },
};

/** IEEE 754 binary16, from its bits. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16, the upper half of a float32, from its bits. */
function brain(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
}

/** The names of ONNX' other types of elements, by their numbers. */
const otherTypes: Readonly<Record<number, string>> = {
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

/** What a type of elements holds. @throws if its elements cannot be read. */
export function elementKind(elementType: number, what: string): ElementKind {
  return readers[typeOf(elementType, what)].kind;
}

function typeOf(elementType: number, what: string): keyof typeof elementTypes {
  const entry = Object.entries(elementTypes).find(([, number]) => number === elementType);
  if (entry === undefined) {
    throw new Unreadable(
      `${what} has elements of ${otherTypes[elementType] ?? `ONNX type ${elementType}`}, which are not read`,
    );
  }
  return entry[0] as keyof typeof elementTypes;
}

/** Reads the bytes of a file that is named in the model, next to it. */
export type ReadExternal = (location: string) => Uint8Array;

/**
 * The elements of a tensor, whichever field or file holds them.
 *
 * @throws naming the tensor if its type is not read, it has more elements than a network may, not as many as its shape says, or its file
 *   cannot be read.
 */
export function arrayOf(tensor: OnnxTensor, readExternal?: ReadExternal): OnnxArray {
  const { name, shape, numbers } = tensor;
  const shown = `tensor '${shortName(name)}' [${shape.slice(0, readingLimits.dimensions).join(', ')}]`;
  const { kind, width, read, fromNumber } = readers[typeOf(tensor.elementType, shown)];
  if (shape.length > readingLimits.dimensions) throw new Unreadable(`${shown} has ${shape.length} axes`);
  if (shape.some((side) => side < 0)) throw new Unreadable(`${shown} has a negative dimension`);
  const size = sizeOf(shape);
  if (size > networkLimits.elements) {
    throw new Unreadable(`${shown} has ${size} elements; ${networkLimits.elements} are the most`);
  }
  const array = (data: Numbers): OnnxArray => ({ kind: 'array', shape, elements: kind, data, name });
  const bytes = tensor.external === undefined ? tensor.bytes : externalBytes(tensor, shown, readExternal);
  if (numbers !== undefined) {
    if (bytes.length > 0) throw new Unreadable(`${shown} has its elements twice, as numbers and as bytes`);
    if (numbers.length !== size) throw new Unreadable(`${shown} needs ${size} elements, but has ${numbers.length}`);
    return array(Float64Array.from(numbers, (number) => fromNumber?.(number) ?? number));
  }
  if (bytes.length !== width * size) {
    throw new Unreadable(`${shown} needs ${width * size} bytes, but has ${bytes.length}`);
  }
  if (isLittleEndian && tensor.elementType === elementTypes.float32) {
    return array(new Float32Array(bytes.slice().buffer));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // Doubles and long integers do not fit into a float32; a network's weights, of which there may be hundreds of megabytes, do.
  const data = kind === 'float' && width <= 4 ? new Float32Array(size) : new Float64Array(size);
  for (let i = 0; i < size; i += 1) data[i] = read(view, width * i);
  return array(data);
}

function externalBytes({ external }: OnnxTensor, shown: string, readExternal: ReadExternal | undefined): Uint8Array {
  const { location = '', offset = 0, length } = external ?? {};
  if (readExternal === undefined) {
    throw new Unreadable(
      `${shown} has its elements in the file '${shortName(location)}'; give importOnnx a readExternal that reads it`,
    );
  }
  const all = readExternal(location);
  const end = length === undefined ? all.length : offset + length;
  if (!(offset >= 0 && end <= all.length)) {
    throw new Unreadable(
      `${shown} needs the bytes ${offset} to ${end} of '${shortName(location)}', which has ${all.length}`,
    );
  }
  return all.subarray(offset, end);
}

/** The elements of a row-major array with its axes in another order: axis `i` of the result is axis `axes[i]` of the array. */
export function permuted(
  data: ArrayLike<number>,
  shape: Shape,
  axes: readonly number[],
): { readonly shape: Shape; readonly data: Float32Array } {
  const result = new Float32Array(data.length);
  transpose(shape, axes)(data, result);
  return { shape: axes.map((axis) => shape[axis] ?? 1), data: result };
}
