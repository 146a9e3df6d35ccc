import type { Reader, Writer } from 'protobufjs/minimal.js';

const lengthDelimited = 2;

const tag = (field: number, wireType: number): number => field * 8 + wireType;

/** Writes one field of a protocol buffer, if there is anything to write. */
export const put = {
  text(writer: Writer, field: number, value: string | undefined): void {
    if (value !== undefined) writer.uint32(tag(field, lengthDelimited)).string(value);
  },
  bytes(writer: Writer, field: number, value: Uint8Array | undefined): void {
    if (value !== undefined) writer.uint32(tag(field, lengthDelimited)).bytes(value);
  },
  /** An integer within 53 bits. */
  whole(writer: Writer, field: number, value: number | undefined): void {
    if (value !== undefined) writer.uint32(tag(field, 0)).int64(value);
  },
  float(writer: Writer, field: number, value: number | undefined): void {
    if (value !== undefined) writer.uint32(tag(field, 5)).float(value);
  },
  message<T>(writer: Writer, field: number, value: T | undefined, write: (value: T, writer: Writer) => void): void {
    if (value === undefined) return;
    writer.uint32(tag(field, lengthDelimited)).fork();
    write(value, writer);
    writer.ldelim();
  },
};

/** What to do with each field of a message, by its number; others are skipped. */
export type FieldReaders = Readonly<Record<number, (reader: Reader, wireType: number) => void>>;

/** Reads the fields of the message that ends at `end`. */
export function readFields(reader: Reader, end: number, fields: FieldReaders): void {
  while (reader.pos < end) {
    const next = reader.uint32();
    const [field, wireType] = [next >>> 3, next & 7];
    const read = fields[field];
    if (read === undefined) reader.skipType(wireType);
    else read(reader, wireType);
  }
}

/** Reads a message from a field. */
export function message(reader: Reader, fields: FieldReaders): void {
  const length = reader.uint32();
  readFields(reader, reader.pos + length, fields);
}

/** A 64-bit number as one of JavaScript's; ONNX' sizes and attributes need no more than 53 bits. */
export function whole(reader: Reader): number {
  return Number(reader.int64().toString());
}

/** Appends a repeated number, alone or packed with others. */
export function repeated(reader: Reader, wireType: number, to: number[], read: (reader: Reader) => number): void {
  if (wireType !== lengthDelimited) {
    to.push(read(reader));
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) to.push(read(reader));
}

/** Appends a repeated 64-bit number. */
export function wholes(reader: Reader, wireType: number, to: number[]): void {
  repeated(reader, wireType, to, whole);
}
