import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChoice } from '../random-values.js';

const interestingBytes = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, 0x22, 0x7b, 0x3c];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A possible value of a length field: small, the file's length, or at the limit of a type. */
function anyLength(random: RandomGenerator, fileSize: number): bigint {
  return randomChoice(random, [
    0n,
    1n,
    BigInt(fileSize),
    BigInt(fileSize + 1),
    BigInt(Math.max(0, fileSize - 1)),
    0x7fn,
    0xffn,
    0xffffn,
    0x7fffffffn,
    0x80000000n,
    0xffffffffn,
    100_000_000n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]);
}

/** Overwrites a field of 1, 2, 4 or 8 bytes with a number, in either byte order. */
function withLengthField(random: RandomGenerator, bytes: Uint8Array): Uint8Array {
  const width = randomChoice(random, [1, 2, 4, 8]);
  if (bytes.length < width) return bytes;
  const changed = bytes.slice();
  const at = uniformInt(random, 0, bytes.length - width);
  let value = anyLength(random, bytes.length);
  const littleEndian = uniformInt(random, 0, 1) === 1;
  for (let i = 0; i < width; i += 1) {
    changed[at + (littleEndian ? i : width - 1 - i)] = Number(value & 0xffn);
    value >>= 8n;
  }
  return changed;
}

/**
 * One change of a file's bytes: a bit or a byte, a part removed, duplicated, inserted or filled, a length field, truncation, or the rest of another
 * file appended.
 *
 * @param others files of the same kind
 */
export function mutateBytes(
  random: RandomGenerator,
  bytes: Uint8Array,
  others: readonly Uint8Array[] = [],
): Uint8Array {
  const size = bytes.length;
  const from = uniformInt(random, 0, size);
  const to = Math.min(size, from + uniformInt(random, 0, randomChoice(random, [1, 4, 16, 256])));
  switch (uniformInt(random, 0, 9)) {
    case 0: {
      const changed = bytes.slice();
      if (from < size) changed[from] = (changed[from] ?? 0) ^ (1 << uniformInt(random, 0, 7));
      return changed;
    }
    case 1: {
      const changed = bytes.slice();
      if (from < size) changed[from] = randomChoice(random, interestingBytes);
      return changed;
    }
    case 2:
      return joined(bytes.subarray(0, from), bytes.subarray(to));
    case 3:
      return bytes.slice(0, from);
    case 4: {
      const inserted = new Uint8Array(to - from + 1).map(() => uniformInt(random, 0, 255));
      return joined(bytes.subarray(0, from), inserted, bytes.subarray(from));
    }
    case 5: {
      const part = bytes.subarray(from, to);
      const times = randomChoice(random, [1, 2, 50, 1000]);
      return joined(bytes.subarray(0, to), ...new Array<Uint8Array>(times).fill(part), bytes.subarray(to));
    }
    case 6:
      return bytes.slice().fill(randomChoice(random, interestingBytes), from, to);
    case 7: {
      const other = others.length > 0 ? randomChoice(random, others) : bytes;
      return joined(bytes.subarray(0, from), other.subarray(uniformInt(random, 0, other.length)));
    }
    default:
      return withLengthField(random, bytes);
  }
}
