import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from '../random-values.js';
import { hostileTexts } from './hostile-values.js';
import { mutateBytes } from './mutate-bytes.js';

/** A field of a protocol buffer: its encoded key, and its content. */
type Field =
  | { readonly kind: 'bytes'; readonly key: bigint; readonly content: Uint8Array }
  | { readonly kind: 'other'; readonly key: bigint; readonly raw: Uint8Array };

function readVarint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n;
  for (let at = from; at < bytes.length && at < from + 10; at += 1) {
    value |= BigInt((bytes[at] ?? 0) & 0x7f) << BigInt(7 * (at - from));
    if ((bytes[at] ?? 0) < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}

function varint(value: bigint): readonly number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return bytes;
}

/** The fields of a message; undefined if the bytes are not a message. */
function fieldsOf(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    if (key === undefined || key.value >> 3n === 0n) return undefined;
    const type = Number(key.value & 7n);
    const number = type === 0 || type === 2 ? readVarint(bytes, key.end) : undefined;
    const end = { 0: number?.end, 1: key.end + 8, 2: number && number.end + Number(number.value), 5: key.end + 4 }[
      type
    ];
    if (end === undefined || end > bytes.length) return undefined;
    fields.push(
      type === 2 && number !== undefined
        ? { kind: 'bytes', key: key.value, content: bytes.subarray(number.end, end) }
        : { kind: 'other', key: key.value, raw: bytes.subarray(key.end, end) },
    );
    at = end;
  }
  return fields;
}

function written(fields: readonly Field[]): Uint8Array {
  const parts = fields.map((field) =>
    field.kind === 'bytes'
      ? Buffer.concat([Uint8Array.from([...varint(field.key), ...varint(BigInt(field.content.length))]), field.content])
      : Buffer.concat([Uint8Array.from(varint(field.key)), field.raw]),
  );
  return new Uint8Array(Buffer.concat(parts));
}

const numbers = [0n, 1n, 2n, 7n, -1n, 255n, 65_536n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n];

function changedField(random: RandomGenerator, field: Field): Field {
  if (field.kind === 'other') {
    return (field.key & 7n) === 0n
      ? { ...field, raw: Uint8Array.from(varint(randomChoice(random, numbers))) }
      : { ...field, raw: mutateBytes(random, field.raw) };
  }
  const { content } = field;
  if (fieldsOf(content) !== undefined && content.length > 0 && randomChance(random, 0.85)) {
    return { ...field, content: mutateProtobuf(random, content) };
  }
  return {
    ...field,
    content: randomChance(random, 0.5)
      ? new TextEncoder().encode(randomChoice(random, hostileTexts))
      : mutateBytes(random, content),
  };
}

/** One change anywhere in a protocol buffer: a field removed, duplicated, moved or changed, with the enclosing lengths corrected. */
export function mutateProtobuf(random: RandomGenerator, bytes: Uint8Array): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields === undefined || fields.length === 0) return mutateBytes(random, bytes);
  const at = uniformInt(random, 0, fields.length - 1);
  const field = randomChoice(random, fields.slice(at));
  switch (uniformInt(random, 0, 9)) {
    case 0:
      return written(fields.toSpliced(at, 1));
    case 1:
      return written(fields.toSpliced(at, 0, field));
    case 2:
      return written(fields.toReversed());
    case 3:
      return written(fields.with(at, randomChoice(random, fields)));
    case 4: {
      // Many of one field.
      const times = randomChoice(random, [10, 100, 1000]);
      return written([...fields, ...new Array<Field>(times).fill(field)]);
    }
    default: {
      const which = fields.indexOf(field);
      return written(fields.with(which, changedField(random, field)));
    }
  }
}
