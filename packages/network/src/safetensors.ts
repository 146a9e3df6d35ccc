import { otherThan } from './recognize-file.js';
import type { SafeTensor } from './safe-tensor.js';
import { bytesPerElement } from './safe-tensor.js';
import type { SafetensorsEntry } from './safetensors-header.js';
import { lengthBytes, readSafetensorsHeader } from './safetensors-header.js';
import { describeShape, sizeOf } from './shape.js';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Has no prototype, so that any key of the file can be looked up. */
  readonly metadata: Readonly<Record<string, string>>;
}

function tensorAt(bytes: Uint8Array, { dtype, shape, elements, begin, end }: SafetensorsEntry): SafeTensor {
  const start = bytes.byteOffset + begin;
  const aligned = start % bytesPerElement[dtype] === 0;
  const buffer = aligned ? bytes.buffer : new Uint8Array(bytes.subarray(begin, end)).buffer;
  const offset = aligned ? start : 0;
  switch (dtype) {
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer, offset, elements) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer, offset, elements) };
    case 'F16':
    case 'BF16':
      return { dtype, shape, data: new Uint16Array(buffer, offset, elements) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer, offset, elements) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer, offset, elements) };
    case 'I16':
      return { dtype, shape, data: new Int16Array(buffer, offset, elements) };
    case 'I8':
      return { dtype, shape, data: new Int8Array(buffer, offset, elements) };
    case 'U8':
    case 'BOOL':
      return { dtype, shape, data: new Uint8Array(buffer, offset, elements) };
  }
}

/**
 * Reads a safetensors file: eight bytes with the header's length (little-endian), a JSON header, the data. Arrays are views of `bytes` where
 * alignment allows it, else copies, so do not write to `bytes` afterwards. The whole header is checked before any array is made. Values are not
 * checked ({@link assertFinite} does that).
 *
 * @param source the file's name, for messages
 * @throws naming `source`, the tensor and what is wrong: a file of another kind ({@link recognizeFile}), a header that is too long, not UTF-8 or not
 *   JSON, a name that occurs twice, an unknown dtype, an invalid shape or offset, data that overlaps, is missing or left over.
 */
export function readSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const other = otherThan(bytes, ['safetensors', 'network', 'checkpoint'], 'a safetensors file');
  if (other !== undefined) throw new Error(`${source}: ${other}`);
  const { entries, metadata } = readSafetensorsHeader(bytes, source);
  return { tensors: new Map(entries.map((entry) => [entry.name, tensorAt(bytes, entry)])), metadata };
}

/**
 * Writes a safetensors file. The same tensors and metadata give the same bytes. Data is ordered by decreasing element size and aligned to it, so that
 * a reader can use it in place.
 *
 * @throws if a tensor is named `__metadata__`, which the format reserves, or its data does not fill its shape.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const ordered = [...tensors].toSorted(([, a], [, b]) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype]);
  const header: [name: string, entry: unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata]);
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === '__metadata__')
      throw new Error(`A tensor cannot be named '__metadata__'; the format reserves that name.`);
    if (sizeOf(shape) !== data.length) {
      throw new Error(
        `The tensor '${name}' of shape ${describeShape(shape)} holds ${sizeOf(shape)} elements, but its data has ${data.length}.`,
      );
    }
    const begin = end;
    end += data.byteLength;
    header.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataBegin = lengthBytes + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(dataBegin + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataBegin - lengthBytes), true);
  bytes.fill(0x20, lengthBytes, dataBegin);
  bytes.set(text, lengthBytes);
  let at = dataBegin;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
