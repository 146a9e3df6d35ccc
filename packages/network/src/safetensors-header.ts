import { duplicateKey } from './duplicate-key.js';
import { inWords } from './in-words.js';
import { readingLimits, shortName } from './reading-limits.js';
import type { SafeTensorType } from './safe-tensor.js';
import { bytesPerElement, isSafeTensorType } from './safe-tensor.js';
import type { Shape } from './shape.js';
import { describeShape } from './shape.js';

/** A tensor's byte range in the file; checked against the file's length, its shape and its neighbours. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafeTensorType;
  readonly shape: Shape;
  readonly elements: number;
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Size in bytes of the header's length, at the start of the file. */
export const lengthBytes = 8;

/** The format's own limit; a file with a longer header is damaged or hostile. */
const longestHeader = 100_000_000;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Bytes of a file's beginning that distinguish text from a tensor file. */
const textLooked = 64;

/** Whether bytes are printable ASCII, tabs and line ends. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

function headerText(bytes: Uint8Array, source: string): string {
  if (bytes.length < lengthBytes) {
    throw new Error(
      `${source}: it has ${bytes.length} bytes; a safetensors file starts with 8 bytes that hold its header's length.`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > longestHeader && isText(bytes.subarray(0, textLooked))) {
    throw new Error(`${source}: it is a text file, not a safetensors file.`);
  }
  if (length > longestHeader) {
    throw new Error(
      `${source}: its header would be ${length} bytes long, more than the format's limit of ${longestHeader}; is it a safetensors file?`,
    );
  }
  const end = lengthBytes + Number(length);
  if (end > bytes.length) {
    throw new Error(
      `${source}: its header of ${length} bytes reaches beyond the end of the file (${bytes.length} bytes); the file is cut short or no safetensors file.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(lengthBytes, end));
  } catch {
    throw new Error(`${source}: its header is not UTF-8 text; the file is damaged or no safetensors file.`);
  }
}

function headerObject(text: string, source: string): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new Error(`${source}: its header is not JSON (${error instanceof Error ? error.message : String(error)}).`, {
      cause: error,
    });
  }
  if (!isObject(header) || !text.startsWith('{')) {
    throw new Error(
      `${source}: its header must be a JSON object from its first byte on, not ${inWords(text.slice(0, 40))}.`,
    );
  }
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new Error(
      `${source}: the name '${shortName(twice)}' occurs twice in one object of its header; every name may occur once.`,
    );
  return header;
}

function readMetadata(value: unknown, source: string): Readonly<Record<string, string>> {
  // Some writers write null if there is none.
  if (value === undefined || value === null) return withoutPrototype([]);
  if (!isObject(value))
    throw new Error(`${source}: its __metadata__ must be an object of texts, not ${inWords(value)}.`);
  const metadata = Object.entries(value).map(([key, text]) => {
    if (typeof text !== 'string') {
      throw new Error(`${source}: its __metadata__ '${shortName(key)}' must be a text, not ${inWords(text)}.`);
    }
    return [key, text] as const;
  });
  return withoutPrototype(metadata);
}

/** Names such as 'constructor' are absent unless the file has them. */
function withoutPrototype(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function readEntry(name: string, value: unknown, dataBegin: number, fileEnd: number, source: string): SafetensorsEntry {
  const fail = (message: string): never => {
    throw new Error(`${source}: tensor '${shortName(name)}': ${message}.`);
  };
  if (name.length > readingLimits.nameLength) {
    fail(`its name has ${name.length} characters; at most ${readingLimits.nameLength} are read`);
  }
  if (!isObject(value))
    return fail(`its entry must be an object with dtype, shape and data_offsets, not ${inWords(value)}`);
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const [unknownField] = Object.keys(rest);
  if (unknownField !== undefined)
    fail(`it has an unknown field '${shortName(unknownField)}'; dtype, shape and data_offsets are known`);
  if (!isSafeTensorType(dtype)) {
    return fail(
      `its dtype ${inWords(dtype)} is not one of those read here: ${Object.keys(bytesPerElement).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`its shape must be a list of integers of at least 0, not ${inWords(shape)}`);
  }
  if (shape.length > readingLimits.dimensions) {
    fail(`its shape has ${shape.length} dimensions; at most ${readingLimits.dimensions} are read`);
  }
  const elements = shape.reduce((size, dimension) => size * dimension, 1);
  const size = elements * bytesPerElement[dtype];
  if (!Number.isSafeInteger(size)) fail(`its shape ${inWords(shape)} has more elements than can be counted`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`its data_offsets must be two integers of at least 0, not ${inWords(offsets)}`);
  }
  const [first, last] = offsets;
  if (first === undefined || last === undefined || first > last)
    return fail(`its data_offsets ${first} to ${last} run backwards`);
  if (dataBegin + last > fileEnd) {
    fail(
      `its data ends at byte ${last} of the data, which has ${fileEnd - dataBegin}; the file is cut short or damaged`,
    );
  }
  if (last - first !== size) {
    fail(`its data has ${last - first} bytes where ${dtype} ${describeShape(shape)} needs ${size}`);
  }
  return { name, dtype, shape, elements, begin: dataBegin + first, end: dataBegin + last };
}

/** In this format every byte of the data belongs to exactly one tensor. */
function checkCoverage(entries: readonly SafetensorsEntry[], dataBegin: number, fileEnd: number, source: string): void {
  let before: SafetensorsEntry | undefined;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const free = before?.end ?? dataBegin;
    if (entry.begin < free) {
      throw new Error(
        `${source}: tensor '${entry.name}': its data overlaps that of '${before?.name}' by ${free - entry.begin} bytes.`,
      );
    }
    if (entry.begin > free) {
      throw new Error(
        `${source}: tensor '${entry.name}': the ${entry.begin - free} bytes before its data belong to no tensor.`,
      );
    }
    before = entry;
  }
  const end = before?.end ?? dataBegin;
  if (end < fileEnd)
    throw new Error(
      `${source}: its last ${fileEnd - end} bytes belong to no tensor; the file is damaged or something was appended.`,
    );
}

/**
 * Reads and checks a file's header without touching its data.
 *
 * @throws naming `source` and the tensor at fault.
 */
export function readSafetensorsHeader(bytes: Uint8Array, source: string): SafetensorsHeader {
  const text = headerText(bytes, source);
  const { __metadata__: metadata, ...tensors } = headerObject(text, source);
  const dataBegin =
    lengthBytes + Number(new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true));
  const entries = Object.entries(tensors).map(([name, value]) =>
    readEntry(name, value, dataBegin, bytes.length, source),
  );
  checkCoverage(entries, dataBegin, bytes.length, source);
  return { entries, metadata: readMetadata(metadata, source) };
}
