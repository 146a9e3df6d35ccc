import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SafeTensor } from './safe-tensor.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** A file with any header text and that many zero bytes of data. */
function file(header: unknown, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });
const read = (bytes: Uint8Array) => readSafetensors(bytes, 'model.safetensors');

/** Whether a file is either read into arrays that fill their shapes or refused with a message that names it. */
function outcome(bytes: Uint8Array): boolean {
  try {
    const tensors = [...read(bytes).tensors.values()];
    return tensors.every(({ shape, data }) => data.length === shape.reduce((a, b) => a * b, 1));
  } catch (error) {
    return error instanceof Error && error.message.startsWith('model.safetensors: ');
  }
}

const everyType = new Map<string, SafeTensor>([
  ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ['flags', { dtype: 'BOOL', shape: [1, 2], data: Uint8Array.of(0, 1) }],
  ['small', { dtype: 'I8', shape: [1], data: Int8Array.of(-128) }],
  ['short', { dtype: 'I16', shape: [2], data: Int16Array.of(-32768, 7) }],
  ['half', { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) }],
  ['brain', { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) }],
  ['int', { dtype: 'I32', shape: [], data: Int32Array.of(-5) }],
  ['float', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, NaN, 1e-40) }],
  ['double', { dtype: 'F64', shape: [1], data: Float64Array.of(Math.PI) }],
  ['long', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['empty', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
  ['__proto__', { dtype: 'U8', shape: [1], data: Uint8Array.of(9) }],
  ['constructor', { dtype: 'U8', shape: [1], data: Uint8Array.of(8) }],
]);

describe('writeSafetensors', () => {
  it('writes what readSafetensors reads back, of every type', () => {
    const { tensors, metadata } = read(writeSafetensors(everyType, { format: 'pt', __proto: 'ü' }));
    expect(tensors).toEqual(everyType);
    expect({ ...metadata }).toEqual({ format: 'pt', __proto: 'ü' });
  });

  it('aligns every array, so that none is copied when read', () => {
    const bytes = writeSafetensors(everyType, {});
    for (const { data } of read(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  it('gives the same bytes for the same tensors', () => {
    expect(writeSafetensors(everyType, { a: 'b' })).toEqual(writeSafetensors(new Map(everyType), { a: 'b' }));
  });

  it('lays the file out as the format says', () => {
    const bytes = writeSafetensors(new Map([['x', { dtype: 'U8', shape: [2], data: Uint8Array.of(5, 6) }]]), {
      k: 'v',
    });
    const header = '{"__metadata__":{"k":"v"},"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
    expect(bytes[0]).toBe(Math.ceil(header.length / 8) * 8);
    expect(new TextDecoder().decode(bytes.subarray(8, -2)).trimEnd()).toBe(header);
    expect([...bytes.subarray(-2)]).toEqual([5, 6]);
  });

  it('refuses the reserved name and data that does not fill its shape', () => {
    expect(() =>
      writeSafetensors(new Map([['__metadata__', { dtype: 'U8', shape: [0], data: new Uint8Array(0) }]]), {}),
    ).toThrow(/'__metadata__'/);
    expect(() => writeSafetensors(new Map([['x', { dtype: 'U8', shape: [3], data: new Uint8Array(2) }]]), {})).toThrow(
      /'x' of shape \[3\] holds 3 elements, but its data has 2/,
    );
  });
});

describe('readSafetensors', () => {
  it('copies an array that is not aligned, and reads from the middle of a larger buffer', () => {
    const whole = writeSafetensors(new Map([['x', { dtype: 'F32', shape: [2], data: Float32Array.of(1.5, -2) }]]), {});
    const shifted = new Uint8Array(whole.length + 5);
    shifted.set(whole, 3);
    const bytes = shifted.subarray(3, 3 + whole.length);
    expect([...(read(bytes).tensors.get('x')?.data ?? [])]).toEqual([1.5, -2]);
    const buffer = Buffer.from(shifted.buffer, 3, whole.length);
    expect([...(read(buffer).tensors.get('x')?.data ?? [])]).toEqual([1.5, -2]);
  });

  it('takes tensors in any order of their data, and a header without any', () => {
    const swapped = file({ a: entry('U8', [1], [1, 2]), b: entry('U8', [1], [0, 1]) }, 2);
    expect([...read(swapped).tensors.keys()]).toEqual(['a', 'b']);
    expect(read(file('{}')).tensors.size).toBe(0);
  });

  it('keeps names of the object prototype apart from the prototype', () => {
    const { tensors, metadata } = read(
      file('{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', 1),
    );
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
    expect(metadata['toString']).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false);
  });

  it('refuses a header that is longer than the file, or longer than any header may be, without allocating it', () => {
    const bytes = file('{}');
    new DataView(bytes.buffer).setBigUint64(0, 99_999_999n, true);
    expect(() => read(bytes)).toThrow(/model\.safetensors: its header of 99999999 bytes reaches beyond/);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => read(bytes)).toThrow(/9223372036854775808 bytes long, more than the format's limit/);
    expect(() => read(new Uint8Array(7))).toThrow(/it has 7 bytes/);
  });

  it('refuses a header that is not UTF-8, not JSON or not an object', () => {
    const bytes = file('{"a":1}');
    bytes[10] = 0xff;
    expect(() => read(bytes)).toThrow(/not UTF-8/);
    expect(() => read(file('{"a":'))).toThrow(/model\.safetensors: its header is not JSON/);
    for (const header of ['[]', '1', 'null', '"x"', ' {}'])
      expect(() => read(file(header))).toThrow(/must be a JSON object/);
    expect(() => read(file('['.repeat(200_000)))).toThrow(/not JSON/);
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(() => read(file(`{"x":${deep}}`))).toThrow(/'x': its entry must be an object/);
    expect(() => read(file(`{"x":{"dtype":"U8","shape":${deep},"data_offsets":[0,0]}}`))).toThrow(
      /'x': its shape must be/,
    );
  });

  const u8 = entry('U8', [1], [0, 1]);
  it.each<[string, unknown, number, RegExp]>([
    ['a name that occurs twice', `{"x":${JSON.stringify(u8)},"x":${JSON.stringify(u8)}}`, 1, /'x' occurs twice/],
    [
      'a name that occurs twice in other spelling',
      `{"x":${JSON.stringify(u8)},"\\u0078":${JSON.stringify(u8)}}`,
      1,
      /'x' occurs twice/,
    ],
    [
      'a field that occurs twice',
      '{"x":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
      1,
      /'dtype' occurs twice/,
    ],
    ['an entry that is no object', { x: [1] }, 0, /'x': its entry must be an object/],
    ['an unknown field', { x: { ...u8, quantized: true } }, 1, /unknown field 'quantized'/],
    ['an unknown dtype', { x: entry('F8_E4M3', [1], [0, 1]) }, 1, /dtype "F8_E4M3" is not one of .*F32/],
    ['a dtype named like a prototype member', { x: entry('toString', [1], [0, 1]) }, 1, /dtype "toString"/],
    ['a missing dtype', { x: { shape: [1], data_offsets: [0, 1] } }, 1, /dtype missing/],
    ['a negative dimension', { x: entry('U8', [-1], [0, 1]) }, 1, /'x': its shape must be .*\[-1\]/],
    ['a fractional dimension', { x: entry('U8', [0.5], [0, 1]) }, 1, /shape must be/],
    [
      'a dimension beyond whole-number accuracy',
      '{"x":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}',
      1,
      /shape must be/,
    ],
    ['a shape that is no list', { x: entry('U8', 1, [0, 1]) }, 1, /shape must be/],
    [
      'a shape whose product overflows',
      {
        x: entry(
          'U8',
          Array.from({ length: 9 }, () => 2 ** 40),
          [0, 1],
        ),
      },
      1,
      /more elements than can be counted/,
    ],
    ['a shape whose bytes overflow', { x: entry('F64', [2 ** 52], [0, 1]) }, 1, /more elements than can be counted/],
    [
      'a size the file cannot hold',
      { x: entry('F32', [2 ** 40], [0, 2 ** 42]) },
      4,
      /ends at byte 4398046511104 of the data, which has 4/,
    ],
    ['offsets that run backwards', { x: entry('U8', [1], [1, 0]) }, 1, /run backwards/],
    ['three offsets', { x: entry('U8', [1], [0, 1, 2]) }, 1, /data_offsets must be two/],
    ['negative offsets', { x: entry('U8', [1], [-1, 0]) }, 1, /data_offsets must be two/],
    ['data outside the file', { x: entry('U8', [2], [0, 2]) }, 1, /ends at byte 2 of the data, which has 1/],
    [
      'data that is not as long as its shape',
      { x: entry('F32', [2], [0, 4]) },
      4,
      /has 4 bytes where F32 \[2\] needs 8/,
    ],
    [
      'overlapping data',
      { x: entry('U8', [2], [0, 2]), y: entry('U8', [2], [1, 3]) },
      3,
      /'y': its data overlaps that of 'x' by 1/,
    ],
    ['a hole in front', { x: entry('U8', [1], [1, 2]) }, 2, /'x': the 1 bytes before its data belong to no tensor/],
    ['a hole between', { x: u8, y: entry('U8', [1], [2, 3]) }, 3, /'y': the 1 bytes before/],
    ['trailing bytes', { x: u8 }, 3, /its last 2 bytes belong to no tensor/],
    ['a name longer than any', { ['n'.repeat(1001)]: u8 }, 1, /'n{200}…': its name has 1001 characters; at most 1000/],
    ['a field longer than a message', { x: { ...u8, ['f'.repeat(9000)]: 1 } }, 1, /unknown field 'f{200}…'; dtype/],
    [
      'more dimensions than any array has',
      { x: entry('U8', new Array<number>(33).fill(1), [0, 1]) },
      1,
      /'x': its shape has 33 dimensions; at most 32/,
    ],
    ['metadata that is no object', { __metadata__: ['a'] }, 0, /__metadata__ must be an object/],
    ['metadata that is not text', { __metadata__: { epoch: 3 } }, 0, /__metadata__ 'epoch' must be a text, not 3/],
  ])('refuses %s', (_, header, dataBytes, message) => {
    expect(() => read(file(header, dataBytes))).toThrow(message);
    expect(() => read(file(header, dataBytes))).toThrow(/^model\.safetensors: /);
  });

  it('is either content or refuses with a message, whatever bytes of a valid file are changed or missing', () => {
    const valid = writeSafetensors(everyType, { note: 'a "quoted" text' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.oneof(fc.constant(valid.length), fc.nat(valid.length)),
        (changes, length) => {
          const damaged = valid.slice(0, length);
          for (const [at, value] of changes) damaged[at] = value;
          return outcome(damaged);
        },
      ),
      { seed: 3, numRuns: 2000 },
    );
  });
});
